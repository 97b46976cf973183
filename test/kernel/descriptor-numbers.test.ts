import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LocalDescriptorTable } from '../../src/kernel/descriptor-table.js';

const FIRST = 3;
const LIMIT = 9;

test('a new descriptor is the lowest number that is free', () => {
  const close = fc.record({ fd: fc.integer({ min: FIRST, max: LIMIT - 1 }) });
  fc.assert(
    fc.property(fc.array(fc.option(close), { maxLength: 60 }), (moves) => {
      const table = new LocalDescriptorTable(FIRST, LIMIT);
      const taken = new Set<number>();
      for (const move of moves) {
        if (move !== null) {
          if (taken.delete(move.fd)) table.unreserve(move.fd);
          continue;
        }
        let expected = FIRST;
        while (taken.has(expected)) expected += 1;
        if (expected === LIMIT) expect(() => table.reserve(false)).toThrow('EMFILE');
        else {
          expect(table.reserve(false)).toBe(expected);
          taken.add(expected);
        }
      }
    }),
  );
});
