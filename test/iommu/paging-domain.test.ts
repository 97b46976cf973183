import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DirtyLog } from '../../src/iommu/dirty-log.js';
import type { DmaSegment, IommuFault } from '../../src/iommu/iommu-domain.js';
import { iovaOfPage } from '../../src/iommu/iova.js';
import { IOMMU_READ, IOMMU_WRITE, PagingDomain } from '../../src/iommu/paging-domain.js';
import { NONE } from '../../src/iommu/page-index.js';
import { Device } from '../../src/kernel/device.js';
import { LocalMemory } from '../../src/kernel/local-memory.js';

const PAGE = 4096;
const RW = IOMMU_READ | IOMMU_WRITE;
const device = new Device('0000:00:05.0');

/** A domain with two pages of one memory mapped at pages 16 and 17, in reverse order. */
function setUp() {
  const faults: IommuFault[] = [];
  const domain = new PagingDomain((fault) => faults.push(fault));
  const memory = new LocalMemory();
  const { address, bytes } = memory.allocate(2 * PAGE);
  const first = address / PAGE;
  domain.map({ page: 16, pages: 1, memory, memoryPage: first + 1, permissions: RW });
  domain.map({ page: 17, pages: 1, memory, memoryPage: first, permissions: RW });
  return { domain, memory, address, bytes, faults };
}

describe('paging domain', () => {
  test('writes across mappings that touch, each to its own memory', () => {
    const { domain, bytes } = setUp();
    expect(domain.write(device, 0x10ffen, Uint8Array.of(1, 2, 3, 4))).toBeUndefined();
    expect([...bytes.subarray(2 * PAGE - 2), ...bytes.subarray(0, 2)]).toEqual([1, 2, 3, 4]);
  });

  test('reads across mappings that touch', () => {
    const { domain, bytes } = setUp();
    bytes.set([7, 8], 2 * PAGE - 2);
    bytes.set([9], 0);
    const target = new Uint8Array(3);
    expect(domain.read(device, 0x10ffen, target)).toBeUndefined();
    expect([...target]).toEqual([7, 8, 9]);
  });

  test('a write that leaves what is mapped writes up to there, and reports where it failed', () => {
    const { domain, bytes, faults } = setUp();
    const fault = domain.write(device, 0x11fffn, Uint8Array.of(5, 6));
    expect(fault).toEqual({ device, iova: 0x12000n, isWrite: true, reason: 'not mapped' });
    expect(bytes[PAGE - 1]).toBe(5);
    expect(faults).toEqual([fault]);
  });

  test('a read that leaves what is mapped reads nothing', () => {
    const { domain, bytes } = setUp();
    bytes.fill(1);
    const target = new Uint8Array(2);
    expect(domain.read(device, 0x11fffn, target)?.iova).toBe(0x12000n);
    expect([...target]).toEqual([0, 0]);
  });

  test.each([
    [IOMMU_READ, undefined, 'no permission'],
    [IOMMU_WRITE, 'no permission', undefined],
  ])('permissions %i are kept', (permissions, whenRead, whenWritten) => {
    const { domain, memory, address } = setUp();
    domain.map({ page: 99, pages: 1, memory, memoryPage: address / PAGE, permissions });
    expect(domain.read(device, iovaOfPage(99), new Uint8Array(1))?.reason).toBe(whenRead);
    expect(domain.write(device, iovaOfPage(99), new Uint8Array(1))?.reason).toBe(whenWritten);
  });

  test('memory that is no longer there is a fault', () => {
    const { domain, memory, address } = setUp();
    memory.unmap(address);
    expect(domain.read(device, 0x10000n, new Uint8Array(1))?.reason).toBe('memory gone');
  });

  test('the last page of 64 bits can be mapped, and nothing comes behind it', () => {
    const { domain, memory, address } = setUp();
    const last = 2 ** 52 - 1;
    domain.map({ page: last, pages: 1, memory, memoryPage: address / PAGE, permissions: RW });
    expect(domain.write(device, 0xffff_ffff_ffff_f000n, new Uint8Array(PAGE))).toBeUndefined();
    const fault = domain.write(device, 0xffff_ffff_ffff_ffffn, new Uint8Array(2));
    expect(fault?.reason).toBe('not mapped');
  });

  test('pages that are alike in their low bits are told apart', () => {
    const { domain, memory, address } = setUp();
    const memoryPage = address / PAGE;
    domain.map({ page: 2 ** 52 - 1, pages: 1, memory, memoryPage, permissions: RW });
    for (const bits of [32, 33, 40, 47, 48, 49, 51]) {
      const iova = iovaOfPage(2 ** bits - 1);
      expect(domain.translate(device, iova, 1, false, [])?.reason).toBe('not mapped');
    }
  });

  test('unmapping ends the validity of translations', () => {
    const { domain } = setUp();
    const before = domain.generation;
    domain.unmap(domain.mappings.find(16));
    expect(domain.generation).not.toBe(before);
    expect(domain.translate(device, 0x10000n, 1, false, [])?.reason).toBe('not mapped');
  });

  test('a mapping led elsewhere leads there at once', () => {
    const { domain } = setUp();
    expect(domain.translate(device, 0x10000n, 1, false, [])).toBeUndefined();
    const other = new LocalMemory();
    const { address } = other.allocate(PAGE);
    domain.redirect(domain.mappings.find(16), other, address / PAGE);
    const segments: DmaSegment[] = [];
    domain.translate(device, 0x10004n, 8, false, segments);
    expect(segments).toEqual([{ memory: other, address: address + 4, length: 8 }]);
  });

  test('unmapping a range cuts mappings that reach further', () => {
    const { domain, memory } = setUp();
    domain.map({ page: 100, pages: 10, memory, memoryPage: 500, permissions: IOMMU_READ });
    domain.unmapRange(103, 4);
    const segments: DmaSegment[] = [];
    expect(domain.translate(device, iovaOfPage(103), 1, false, [])?.reason).toBe('not mapped');
    expect(domain.translate(device, iovaOfPage(100), 3 * PAGE, false, segments)).toBeUndefined();
    expect(domain.translate(device, iovaOfPage(107), 3 * PAGE, false, segments)).toBeUndefined();
    expect(segments.map(({ address }) => address / PAGE)).toEqual([500, 507]);
  });

  test('notes the pages that are written, and only those', () => {
    const { domain } = setUp();
    domain.dirtyLog = new DirtyLog();
    domain.write(device, 0x11800n, new Uint8Array(1));
    domain.read(device, 0x10000n, new Uint8Array(1));
    expect(domain.dirtyLog.bitmap(16, 1).isEmpty).toBe(true);
    expect([...domain.dirtyLog.bitmap(17, 1).bytes(1)]).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  });

  test('translates as a page table does, whatever is mapped and unmapped in between', () => {
    const action = fc.record({
      kind: fc.constantFrom('map', 'unmap', 'translate'),
      // Near the start, and where page numbers pass 32 and 47 bits.
      base: fc.constantFrom(0, 2 ** 32 - 128, 2 ** 47 - 64),
      page: fc.integer({ min: 0, max: 256 }),
      pages: fc.integer({ min: 1, max: 70 }),
      write: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 400, size: 'max' }), (actions) => {
        const domain = new PagingDomain();
        const memory = new LocalMemory();
        const table = new Map<number, { memoryPage: number; writable: boolean }>();
        let nextMemoryPage = 1;
        for (const { kind, base, page: low, pages, write } of actions) {
          const page = base + low;
          const range = Array.from({ length: pages }, (_, i) => page + i);
          if (kind === 'map') {
            if (range.some((each) => table.has(each))) continue;
            const memoryPage = nextMemoryPage;
            const permissions = write ? RW : IOMMU_READ;
            domain.map({ page, pages, memory, memoryPage, permissions });
            for (const [i, each] of range.entries()) {
              table.set(each, { memoryPage: memoryPage + i, writable: write });
            }
            nextMemoryPage += pages + 1;
          } else if (kind === 'unmap') {
            domain.unmapRange(page, pages);
            for (const each of range) table.delete(each);
          } else {
            expectSameTranslation(domain, table, { page, pages, write });
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

function expectSameTranslation(
  domain: PagingDomain,
  table: ReadonlyMap<number, { memoryPage: number; writable: boolean }>,
  { page, pages, write }: { page: number; pages: number; write: boolean },
): void {
  const expected: number[] = [];
  for (let at = page; at < page + pages; at++) {
    const found = table.get(at);
    if (found === undefined || (write && !found.writable)) break;
    expected.push(found.memoryPage);
  }
  const segments: DmaSegment[] = [];
  const fault = domain.translate(device, iovaOfPage(page), pages * PAGE, write, segments);
  const found = segments.flatMap(({ address, length }) =>
    Array.from({ length: length / PAGE }, (_, i) => address / PAGE + i),
  );
  expect(found).toEqual(expected);
  expect(fault === undefined).toBe(expected.length === pages);
  if (fault !== undefined) expect(fault.iova).toBe(iovaOfPage(page + expected.length));
}

test('a million mappings can be made, used and removed', { timeout: 120_000 }, () => {
  const count = 1_000_000;
  const domain = new PagingDomain();
  const memory = new LocalMemory();
  for (let i = 0; i < count; i++) {
    const page = (i * 7919) % count;
    domain.map({ page: page * 3, pages: 2, memory, memoryPage: page, permissions: RW });
  }
  for (let i = 0; i < 100_000; i++) {
    const page = (i * 104_729) % count;
    const segments: DmaSegment[] = [];
    const fault = domain.translate(device, iovaOfPage(page * 3 + 1), 16, true, segments);
    if (fault !== undefined || segments[0]?.address !== (page + 1) * PAGE) {
      throw new Error(`page ${page} is translated wrongly`);
    }
  }
  expect(domain.byteLength / count).toBeLessThan(150);
  for (let page = 0; page < count; page++) {
    const entry = domain.mappings.find(page * 3);
    if (entry === NONE) throw new Error(`page ${page} is gone`);
    domain.unmap(entry);
  }
  expect(domain.mappings.size).toBe(0);
});
