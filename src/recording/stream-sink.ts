/** Records as bytes, to be taken from time to time. */
import { ByteWriter } from './byte-writer.js';
import { type Fields, type RecordKind, writeRecord } from './record.js';
import type { RecordSink } from './recorder.js';

export class StreamSink implements RecordSink {
  readonly #writer = new ByteWriter();

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#writer.length;
  }

  write<Kind extends RecordKind>(kind: Kind, values: Fields<Kind>): void {
    writeRecord(this.#writer, kind, values);
  }

  /** The bytes of the records since they were last taken. A `ByteReader` opens them in this order. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#writer.take();
  }
}
