// Random sequences of MAP and UNMAP against a table of single pages, for TYPE1 and TYPE1v2.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DmaSegment } from '../../src/iommu/iommu-domain.js';
import { VFIO_TYPE1_IOMMU, VFIO_TYPE1v2_IOMMU } from '../../src/uapi/vfio.js';
import { PAGE, TestContainer, device } from './test-container.js';

/** Pages that the test plays on. */
const PAGES = 48;

interface Mapping {
  readonly first: number;
  readonly pages: number;
  readonly memoryPage: number;
}

/** What the manual says, page by page. */
class Model {
  readonly table: (Mapping | undefined)[] = Array.from({ length: PAGES }, () => undefined);

  constructor(readonly isV2: boolean) {}

  map(mapping: Mapping): number | string {
    const range = this.#range(mapping.first, mapping.pages);
    if (range.some((page) => this.table[page] !== undefined)) return 'EEXIST';
    for (const page of range) this.table[page] = mapping;
    return 0;
  }

  unmap(first: number, pages: number): number | string {
    const touched = [...new Set(this.#range(first, pages).map((page) => this.table[page]))];
    const mappings = touched.filter((mapping) => mapping !== undefined);
    const isCutAtStart = mappings.some((mapping) => mapping.first < first);
    const isCutAtEnd = mappings.some((each) => each.first + each.pages > first + pages);
    if (this.isV2 && (isCutAtStart || isCutAtEnd)) return 'EINVAL';
    if (isCutAtStart) return 0;
    for (const mapping of mappings) {
      for (const page of this.#range(mapping.first, mapping.pages)) this.table[page] = undefined;
    }
    return mappings.reduce((size, mapping) => size + mapping.pages * PAGE, 0);
  }

  #range(first: number, pages: number): number[] {
    return Array.from({ length: pages }, (_, i) => first + i);
  }
}

const step = fc.record({
  kind: fc.constantFrom('map', 'map', 'unmap'),
  first: fc.integer({ min: 0, max: PAGES - 12 }),
  pages: fc.integer({ min: 1, max: 12 }),
  memoryPage: fc.integer({ min: 0, max: 50 }),
});

describe.each([
  ['TYPE1', VFIO_TYPE1_IOMMU],
  ['TYPE1v2', VFIO_TYPE1v2_IOMMU],
])('%s', (_name, type) => {
  test('maps, unmaps, translates and locks as page tables would', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const container = new TestContainer({ type });
        const model = new Model(type === VFIO_TYPE1v2_IOMMU);
        for (const { kind, first, pages, memoryPage } of steps) {
          if (kind === 'map') {
            const answer = container.map(first * PAGE, pages, memoryPage);
            expect(answer).toBe(model.map({ first, pages, memoryPage }));
          } else {
            expect(container.unmap(first * PAGE, pages * PAGE)).toBe(model.unmap(first, pages));
          }
        }
        expect(translations(container)).toEqual(
          model.table.map((mapping, page) =>
            mapping === undefined ? undefined : mapping.memoryPage + page - mapping.first,
          ),
        );
        const mapped = model.table.filter((mapping) => mapping !== undefined);
        expect(container.memory.lockedPages).toBe(mapped.length);
        expect(container.data.available).toBe(65535 - new Set(mapped).size);
      }),
      { numRuns: 200 },
    );
  });
});

/** For each page the page of the process's memory it leads to. */
function translations(container: TestContainer): (number | undefined)[] {
  return Array.from({ length: PAGES }, (_, page) => {
    const segments: DmaSegment[] = [];
    container.group.domain?.translate(device, BigInt(page * PAGE), 1, false, segments);
    const [segment] = segments;
    return segment === undefined ? undefined : (segment.address - container.vaddr) / PAGE;
  });
}
