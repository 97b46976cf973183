// What frequent records are written as is what their layouts read.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteReader } from '../../src/recording/byte-reader.js';
import { ByteWriter } from '../../src/recording/byte-writer.js';
import { frequent } from '../../src/recording/frequent-records.js';
import { bytes, flag, int, text } from '../../src/recording/field.js';
import { layouts } from '../../src/recording/layouts.js';
import {
  type Fields,
  type RecordKind,
  readRecord,
  writeRecord,
} from '../../src/recording/record.js';

const kinds = Object.keys(frequent) as RecordKind[];

/** Values of a field, by what it is. */
function valuesOf(field: unknown): fc.Arbitrary<unknown> {
  if (field === text) return fc.string();
  if (field === flag) return fc.boolean();
  if (field === bytes) return fc.uint8Array({ maxLength: 300 });
  if (field === int) return fc.integer({ min: -(2 ** 51), max: 2 ** 51 });
  return fc.integer({ min: 0, max: 2 ** 53 - 1 });
}

test.each(kinds)('%s', (kind) => {
  const shape = Object.fromEntries(
    Object.entries(layouts[kind]).map(([name, field]) => [name, valuesOf(field)]),
  );
  fc.assert(
    fc.property(fc.record(shape), (values) => {
      const writer = new ByteWriter();
      writeRecord(writer, kind, values as unknown as Fields<typeof kind>);
      const reader = new ByteReader();
      reader.open(writer.take());
      expect(readRecord(reader)).toEqual({ kind, ...values });
      expect(reader.isAtEnd).toBe(true);
    }),
    { numRuns: 200 },
  );
});
