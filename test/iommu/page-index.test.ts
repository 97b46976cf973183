import { expect, test } from 'vitest';
import { NONE, PageIndex } from '../../src/iommu/page-index.js';

const KEYS = 2 ** 17;

/** Numbers in [0, limit) by a linear congruential generator: the same each time. */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/** An index, and beside it which pages are in it. */
class Checked {
  readonly index = new PageIndex();
  readonly present = new Uint8Array(KEYS);

  insert(page: number): void {
    if (this.present[page] === 1) return;
    this.index.insert(page, page);
    this.present[page] = 1;
  }

  remove(page: number): void {
    if (this.present[page] === 0) return;
    this.index.remove(page);
    this.present[page] = 0;
  }

  /** Compares what is found for every page with what is there. */
  check(): void {
    let last = NONE;
    for (let page = 0; page < KEYS; page++) {
      if (this.present[page] === 1) last = page;
      if (this.index.floor(page) !== last) throw new Error(`floor of ${page} is not ${last}`);
    }
    let next = NONE;
    for (let page = KEYS - 1; page >= 0; page--) {
      if (this.present[page] === 1) next = page;
      if (this.index.ceiling(page) !== next) throw new Error(`ceiling of ${page} is not ${next}`);
    }
  }
}

test.each([1, 2, 3])(
  'answers as a bitmap does while it fills, thins out and fills again (%i)',
  (seed) => {
    const random = generator(seed);
    const checked = new Checked();
    for (let i = 0; i < KEYS; i++) checked.insert(random(KEYS));
    checked.check();
    for (let round = 0; round < 6; round++) {
      // Whole stretches go, so that nodes of every level are joined; then some comes back below.
      for (let i = 0; i < 24; i++) {
        const start = random(KEYS);
        const end = Math.min(KEYS, start + random(8000));
        for (let page = start; page < end; page++) if (random(64) !== 0) checked.remove(page);
      }
      checked.check();
      for (let i = 0; i < 12; i++) {
        const start = random(KEYS - 3000);
        for (let page = start + 2999; page >= start; page -= 1 + random(3)) checked.insert(page);
      }
      checked.check();
    }
    for (let page = 0; page < KEYS; page++) checked.remove((page * 40_503) % KEYS);
    expect(checked.index.size).toBe(0);
    checked.check();
  },
);

test('finds what came back below the bound of a node that was joined later', () => {
  const checked = new Checked();
  const node = 64 * 64;
  for (let page = 0; page < 3 * node; page++) checked.insert(page);
  // The first leaf of the second node goes, and something smaller than the next leaf comes.
  for (let page = node; page < node + 64; page++) checked.remove(page);
  checked.insert(node + 4);
  for (let page = 0; page < 3 * node; page++)
    if (page % 200 !== 100 && page !== node + 4) checked.remove(page);
  checked.check();
  for (let page = 1; page < 2 * node; page++) if (page !== node + 4) checked.remove(page);
  checked.check();
});
