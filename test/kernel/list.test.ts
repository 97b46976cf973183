import fc from 'fast-check';
import { expect, test } from 'vitest';
import { List, ListEntry } from '../../src/kernel/list.js';

test('entries come in front and leave from anywhere', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 }), (moves) => {
      const entries = Array.from({ length: 10 }, (_, value) => new ListEntry(value));
      const list = new List<number>();
      let expected: number[] = [];
      for (const value of moves) {
        const entry = entries[value];
        if (entry === undefined) continue;
        if (expected.includes(value)) {
          list.remove(entry);
          expected = expected.filter((other) => other !== value);
        } else {
          list.addFirst(entry);
          expected.unshift(value);
        }
        expect([...list]).toEqual(expected);
        expect(list.first?.value).toBe(expected[0]);
      }
    }),
  );
});
