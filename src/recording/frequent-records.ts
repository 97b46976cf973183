/**
 * The records that every system call makes, written field by field: going through a layout would cost more
 * than the call itself. The same bytes as `layouts.ts` makes of them, which a test holds them to.
 */
import type { ByteWriter } from './byte-writer.js';
import type { Fields, RecordKind } from './record.js';

type Writers = {
  readonly [Kind in RecordKind]?: (writer: ByteWriter, values: Fields<Kind>) => void;
};

function writeTransfer(writer: ByteWriter, values: Fields<'read' | 'write'>): void {
  writer.uint(values.task);
  writer.uint(values.file);
  writer.int(values.address);
  writer.int(values.count);
  writer.int(values.offset);
}

function writeUserAccess(writer: ByteWriter, values: Fields<'userRead'>): void {
  writer.uint(values.memory);
  writer.int(values.address);
  writer.uint(values.length);
  writer.byte(values.isOk ? 1 : 0);
  writer.bytes(values.bytes);
}

export const frequent: Writers = {
  begin(writer, values) {
    writer.uint(values.task);
    writer.uint(values.tid);
    writer.uint(values.us);
    writer.text(values.name);
    writer.int(values.a0);
    writer.int(values.a1);
    writer.int(values.a2);
    writer.int(values.a3);
    writer.int(values.a4);
    writer.int(values.a5);
  },
  end(writer, values) {
    writer.uint(values.tid);
    writer.uint(values.us);
    writer.int(values.result);
    writer.int(values.fd);
  },
  ioctl(writer, values) {
    writer.uint(values.task);
    writer.uint(values.file);
    writer.uint(values.command);
    writer.int(values.argument);
    writer.byte(values.isCompat ? 1 : 0);
  },
  exit(writer, values) {
    writer.uint(values.call);
    writer.int(values.result);
    writer.uint(values.file);
  },
  read: writeTransfer,
  write: writeTransfer,
  userRead: writeUserAccess,
  userWrite(writer, values) {
    writeUserAccess(writer, values);
    writer.uint(values.rest);
  },
};
