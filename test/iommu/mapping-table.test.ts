import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MappingTable } from '../../src/iommu/mapping-table.js';
import { NONE } from '../../src/iommu/page-index.js';

/** All mappings in order, as [first page, page behind the last, attachment]. */
function contents(table: MappingTable): [number, number, number][] {
  const all: [number, number, number][] = [];
  for (let entry = table.firstFrom(0); entry !== NONE; entry = table.next(entry)) {
    all.push([table.start(entry), table.end(entry), table.attachment(entry)]);
  }
  return all;
}

describe('mapping table', () => {
  test('finds the mapping that a page is in, and none beside it', () => {
    const table = new MappingTable();
    table.insert(10, 5, 0, 0);
    expect([9, 10, 14, 15].map((page) => table.find(page) !== NONE)).toEqual([
      ...[false, true, true, false],
    ]);
  });

  test('finds a mapping from behind the bound of the next chunk', () => {
    const table = new MappingTable();
    for (let page = 0; page < 128; page += 2) table.insert(page, 1, 0, 0);
    // The second chunk begins at 64, wherever its first mapping begins later.
    for (const page of [62, 64]) table.remove(table.find(page));
    table.insert(62, 3, 0, 0);
    expect([61, 62, 64, 65].map((page) => table.find(page) !== NONE)).toEqual([
      ...[false, true, true, false],
    ]);
  });

  test('holds what a naive list holds after any sequence of insertions and removals', () => {
    const step = fc.record({
      page: fc.integer({ min: 0, max: 4000 }),
      pages: fc.integer({ min: 1, max: 9 }),
      removes: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 1500, size: 'max' }), (steps) => {
        const table = new MappingTable();
        const naive = new Map<number, [number, number]>();
        for (const [number, { page, pages, removes }] of steps.entries()) {
          const overlap = table.findOverlap(page, pages);
          const expected = [...naive].filter(
            ([start, [end]]) => start < page + pages && end > page,
          );
          expect(overlap !== NONE).toBe(expected.length > 0);
          if (overlap === NONE) {
            table.setAttachment(table.insert(page, pages, 0, 0), number);
            naive.set(page, [page + pages, number]);
          } else if (removes) {
            naive.delete(table.start(overlap));
            table.remove(overlap);
          }
        }
        const sorted = [...naive].sort(([a], [b]) => a - b);
        expect(contents(table)).toEqual(
          sorted.map(([start, [end, number]]) => [start, end, number]),
        );
        expect(table.size).toBe(naive.size);
      }),
      { numRuns: 20 },
    );
  });

  test.each(['ascending', 'descending', 'scattered'])('drains in %s order', (order) => {
    const count = 20_000;
    const table = new MappingTable();
    const scattered = Array.from({ length: count }, (_, i) => (i * 7919) % count);
    for (const page of scattered) table.insert(page * 2, 1, page, 0);
    const draining = { ascending: [...scattered].sort((a, b) => a - b), scattered }[order];
    const pages = draining ?? [...scattered].sort((a, b) => b - a);
    for (const [removed, page] of pages.entries()) {
      const entry = table.find(page * 2);
      if (entry === NONE || table.memoryPage(entry) !== page)
        throw new Error(`page ${page} is gone`);
      table.remove(entry);
      if (removed % 4001 === 0) expect(contents(table)).toHaveLength(count - removed - 1);
    }
    expect(table.size).toBe(0);
  });

  test('keeps memory in proportion when most of many mappings are gone', () => {
    const table = new MappingTable();
    for (let page = 0; page < 32_768; page++) table.insert(page, 1, 0, 0);
    const full = table.byteLength;
    for (let page = 0; page < 32_768; page++) if (page % 32 !== 0) table.remove(table.find(page));
    for (let page = 0; page < 31_000; page++) table.insert(100_000 + page, 1, 0, 0);
    expect(table.byteLength).toBeLessThanOrEqual(full * 1.5);
  });
});
