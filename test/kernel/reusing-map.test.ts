import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReusingMap } from '../../src/kernel/reusing-map.js';

test('it answers as a Map does, whatever comes and goes', () => {
  const change = fc.record({ key: fc.integer({ min: 0, max: 30 }), isSet: fc.boolean() });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const expected = new Map<number, string>();
      const map = new ReusingMap<number, string>();
      for (const [index, { key, isSet }] of changes.entries()) {
        if (isSet) {
          expected.set(key, `value ${index}`);
          map.set(key, `value ${index}`);
        } else expect(map.delete(key)).toBe(expected.delete(key));
        expect(map.size).toBe(expected.size);
        expect(map.get(key)).toBe(expected.get(key));
        expect(map.has(key)).toBe(expected.has(key));
      }
      expect(new Map(map)).toEqual(expected);
      expect(new Set(map.keys())).toEqual(new Set(expected.keys()));
      expect(new Set(map.values())).toEqual(new Set(expected.values()));
    }),
  );
});

test('a key that comes again has the place where it first came', () => {
  const map = new ReusingMap<string, number>();
  map.set('a', 1);
  map.set('b', 2);
  map.delete('a');
  map.set('a', 3);
  expect([...map]).toEqual([
    ['a', 3],
    ['b', 2],
  ]);
});
