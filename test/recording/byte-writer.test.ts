// Numbers are read back as they were written, whatever a program has in its registers.
import { expect, test } from 'vitest';
import { ByteReader } from '../../src/recording/byte-reader.js';
import { ByteWriter } from '../../src/recording/byte-writer.js';

const LIMITS = [7, 15, 16, 31, 32, 52, 53, 54, 62, 63].map((bits) => 2 ** bits);
const NUMBERS = LIMITS.flatMap((limit) => [limit - 1, limit, limit + 1]);

test.each([0, ...NUMBERS, ...NUMBERS.map((number) => -number)])('int %d', (number) => {
  const writer = new ByteWriter();
  writer.int(number);
  writer.byte(7);
  const reader = new ByteReader();
  reader.open(writer.take());
  expect([reader.int(), reader.byte()]).toEqual([number, 7]);
});

test.each([0, ...NUMBERS.filter((number) => number <= 2 ** 53)])('uint %d', (number) => {
  const writer = new ByteWriter();
  writer.uint(number);
  writer.byte(7);
  const reader = new ByteReader();
  reader.open(writer.take());
  expect([reader.uint(), reader.byte()]).toEqual([number, 7]);
});
