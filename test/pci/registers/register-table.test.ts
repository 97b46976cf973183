// Tables of registers: what they refuse, and the names they know.
import { describe, expect, test } from 'vitest';
import { RegisterTable } from '../../../src/pci/registers/register-table.js';

describe('a table refuses', () => {
  test.each([
    [{ A: { offset: 2, access: 'RW' } }, 'A: 0x2 is no multiple of 4'],
    [
      { A: { offset: 4, width: 64, access: 'RW' }, B: { offset: 8, access: 'RW' } },
      'B and A+4 share the byte at 0x8',
    ],
    [{ A: { offset: 0, width: 8, access: 'RO', reset: 256 } }, 'A: 256 does not fit into 8 bits'],
    [
      { A: { offset: 0, access: 'RW', fields: { F: 32 } } },
      'A.F: there are no bits 32 to 32 in 32',
    ],
    [{ A: { offset: 0, access: 'RW', fields: { F: [3, 5] } } }, 'A.F: there are no bits 3 to 5'],
  ] as const)('%j', (declarations, message) => {
    expect(() => new RegisterTable(declarations)).toThrow(message);
  });
});

test('a table knows the names of offsets in its BAR', () => {
  const table = new RegisterTable(
    { ID: { offset: 0, access: 'RO' }, BASE: { offset: 8, width: 64, access: 'RW' } },
    { bar: 2 },
  );
  expect([0, 1, 4, 8, 12].map((offset) => table.nameOf(2, offset))).toEqual([
    'ID',
    'ID+1',
    undefined,
    'BASE',
    'BASE+4',
  ]);
  expect(table.nameOf(0, 0)).toBeUndefined();
});
