/** Fields of records: how each is written and read back. */
import type { ByteReader } from './byte-reader.js';
import type { ByteWriter } from './byte-writer.js';

export interface Field<T> {
  /** What it is called where a recording says how it is written. */
  readonly type: string;
  readonly write: (writer: ByteWriter, value: T) => void;
  readonly read: (reader: ByteReader) => T;
}

/** 0 to 2⁵³. */
export const uint: Field<number> = {
  type: 'uint',
  write: (writer, value) => writer.uint(value),
  read: (reader) => reader.uint(),
};

/** Of either sign. */
export const int: Field<number> = {
  type: 'int',
  write: (writer, value) => writer.int(value),
  read: (reader) => reader.int(),
};

/** 64 bits. */
export const u64: Field<bigint> = {
  type: 'u64',
  write: (writer, value) => writer.u64(value),
  read: (reader) => reader.u64(),
};

export const float: Field<number> = {
  type: 'float',
  write: (writer, value) => writer.float(value),
  read: (reader) => reader.float(),
};

export const flag: Field<boolean> = {
  type: 'flag',
  write: (writer, value) => writer.byte(value ? 1 : 0),
  read: (reader) => reader.byte() !== 0,
};

export const text: Field<string> = {
  type: 'text',
  write: (writer, value) => writer.text(value),
  read: (reader) => reader.text(),
};

export const bytes: Field<Uint8Array> = {
  type: 'bytes',
  write: (writer, value) => writer.bytes(value),
  read: (reader) => reader.bytes(),
};
