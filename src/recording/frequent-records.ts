/**
 * The records that every system call makes, written and read field by field: going through a layout would cost
 * more than the call itself. The same bytes as `layouts.ts` makes of them, which a test holds them to.
 */
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';
import type { Fields, RecordKind, RecordOf } from './record.js';

interface Frequent<Kind extends RecordKind> {
  write(writer: ByteWriter, values: Fields<Kind>): void;
  read(reader: ByteReader): RecordOf<Kind>;
}

function writeTransfer(writer: ByteWriter, values: Fields<'read' | 'write'>): void {
  writer.uint(values.task);
  writer.uint(values.file);
  writer.int(values.address);
  writer.int(values.count);
  writer.int(values.offset);
}

function readTransfer<Kind extends 'read' | 'write'>(reader: ByteReader, kind: Kind) {
  return {
    kind,
    task: reader.uint(),
    file: reader.uint(),
    address: reader.int(),
    count: reader.int(),
    offset: reader.int(),
  };
}

function writeUserAccess(writer: ByteWriter, values: Fields<'userRead'>): void {
  writer.uint(values.memory);
  writer.int(values.address);
  writer.uint(values.length);
  writer.byte(values.isOk ? 1 : 0);
  writer.bytes(values.bytes);
}

export const frequent: { readonly [Kind in RecordKind]?: Frequent<Kind> } = {
  begin: {
    write(writer, values) {
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
    read: (reader) => ({
      kind: 'begin',
      task: reader.uint(),
      tid: reader.uint(),
      us: reader.uint(),
      name: reader.text(),
      a0: reader.int(),
      a1: reader.int(),
      a2: reader.int(),
      a3: reader.int(),
      a4: reader.int(),
      a5: reader.int(),
    }),
  },
  end: {
    write(writer, values) {
      writer.uint(values.tid);
      writer.uint(values.us);
      writer.int(values.result);
      writer.int(values.fd);
    },
    read: (reader) => ({
      kind: 'end',
      tid: reader.uint(),
      us: reader.uint(),
      result: reader.int(),
      fd: reader.int(),
    }),
  },
  ioctl: {
    write(writer, values) {
      writer.uint(values.task);
      writer.uint(values.file);
      writer.uint(values.command);
      writer.int(values.argument);
      writer.byte(values.isCompat ? 1 : 0);
    },
    read: (reader) => ({
      kind: 'ioctl',
      task: reader.uint(),
      file: reader.uint(),
      command: reader.uint(),
      argument: reader.int(),
      isCompat: reader.byte() !== 0,
    }),
  },
  exit: {
    write(writer, values) {
      writer.uint(values.call);
      writer.int(values.result);
      writer.uint(values.file);
    },
    read: (reader) => ({
      kind: 'exit',
      call: reader.uint(),
      result: reader.int(),
      file: reader.uint(),
    }),
  },
  read: { write: writeTransfer, read: (reader) => readTransfer(reader, 'read') },
  write: { write: writeTransfer, read: (reader) => readTransfer(reader, 'write') },
  userRead: {
    write: writeUserAccess,
    read: (reader) => ({
      kind: 'userRead',
      memory: reader.uint(),
      address: reader.int(),
      length: reader.uint(),
      isOk: reader.byte() !== 0,
      bytes: reader.bytes(),
    }),
  },
  userWrite: {
    write(writer, values) {
      writeUserAccess(writer, values);
      writer.uint(values.rest);
    },
    read: (reader) => ({
      kind: 'userWrite',
      memory: reader.uint(),
      address: reader.int(),
      length: reader.uint(),
      isOk: reader.byte() !== 0,
      bytes: reader.bytes(),
      rest: reader.uint(),
    }),
  },
};
