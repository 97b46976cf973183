// Several scatter lists at once do what each does alone, in fewer accesses to memory.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IommuFault, IovaRange, MemoryPiece } from '../../src/iommu/iommu-domain.js';
import { IOMMU_READ, IOMMU_WRITE, PagingDomain } from '../../src/iommu/paging-domain.js';
import { transferLists } from '../../src/iommu/transfer-lists.js';
import { Device } from '../../src/kernel/device.js';

const PAGE = 4096;
const RW = IOMMU_READ | IOMMU_WRITE;
const device = new Device('0000:00:05.0');

/** Memory of four pages, of which the one that is gone fails; `transfers` has the pieces of each access. */
function newDomain(gonePage = -1) {
  const bytes = new Uint8Array(4 * PAGE);
  const transfers: number[] = [];
  const reported: IommuFault[] = [];
  const isGone = ({ address, length }: MemoryPiece): boolean =>
    address < (gonePage + 1) * PAGE && address + length > gonePage * PAGE;
  const move = (pieces: readonly MemoryPiece[], other: Uint8Array, isWrite: boolean): boolean => {
    transfers.push(pieces.length);
    let at = 0;
    for (const piece of pieces) {
      if (isGone(piece)) return false;
      const { address, length } = piece;
      const part = other.subarray(at, at + length);
      if (isWrite) bytes.set(part, address);
      else part.set(bytes.subarray(address, address + length));
      at += length;
    }
    return true;
  };
  const memory = {
    read: (address: number, target: Uint8Array) =>
      move([{ address, length: target.length }], target, false),
    write: (address: number, source: Uint8Array) =>
      move([{ address, length: source.length }], source, true),
    readv: (pieces: readonly MemoryPiece[], target: Uint8Array) => move(pieces, target, false),
    writev: (pieces: readonly MemoryPiece[], source: Uint8Array) => move(pieces, source, true),
  };
  const domain = new PagingDomain((fault) => reported.push(fault));
  // In reverse order, so that no two pages are one piece; page 3 is read-only, and 4 is none.
  for (let page = 0; page < 4; page++) {
    const permissions = page === 3 ? IOMMU_READ : RW;
    domain.map({ page, pages: 1, memory, memoryPage: 3 - page, permissions });
  }
  return { bytes, transfers, reported, domain };
}

const range = fc.record({
  iova: fc.bigInt({ min: 0n, max: BigInt(5 * PAGE) }),
  length: fc.integer({ min: 1, max: 2 * PAGE }),
});
const lists = fc.array(fc.array(range, { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 6,
});
const sizeOf = (ranges: readonly IovaRange[]) =>
  ranges.reduce((sum, { length }) => sum + length, 0);

const pattern = (length: number) => Uint8Array.from({ length }, (_, at) => at * 7 + 1);

/** Moves lists together, and in a like domain each alone. */
function bothWays(all: readonly (readonly IovaRange[])[], isWrite: boolean, gonePage?: number) {
  const together = newDomain(gonePage);
  const alone = newDomain(gonePage);
  together.bytes.set(pattern(4 * PAGE));
  alone.bytes.set(pattern(4 * PAGE));
  const length = sizeOf(all.flat());
  const [bytes, wanted] = [pattern(length), pattern(length)];
  const faults = transferLists(together.domain, { device, lists: all, bytes, isWrite });
  let at = 0;
  const outcomes = all.map((list, index) => {
    const [start, end] = [at, at + sizeOf(list)];
    at = end;
    const part = wanted.subarray(start, end);
    const expected = isWrite
      ? alone.domain.writev(device, list, part)
      : alone.domain.readv(device, list, part);
    const isSame = Buffer.compare(bytes.subarray(start, end), part) === 0;
    return { fault: faults[index], expected, isSame };
  });
  expect(faults).toHaveLength(all.length);
  return { together, alone, outcomes };
}

test.each([true, false])('each is moved as it would be alone (writes: %s)', (isWrite) => {
  fc.assert(
    fc.property(lists, (all) => {
      const { together, alone, outcomes } = bothWays(all, isWrite);
      for (const { fault, expected, isSame } of outcomes) {
        expect(fault).toEqual(expected);
        if (fault === undefined) expect(isSame).toBe(true);
      }
      expect(together.reported).toEqual(alone.reported);
      expect(Buffer.compare(together.bytes, alone.bytes)).toBe(0);
    }),
  );
});

test.each([true, false])('memory that is gone fails those that need it (writes: %s)', (isWrite) => {
  fc.assert(
    fc.property(lists, fc.nat(3), (all, gonePage) => {
      const { outcomes } = bothWays(all, isWrite, gonePage);
      for (const { fault, expected, isSame } of outcomes) {
        expect(fault === undefined).toBe(expected === undefined);
        if (fault === undefined) expect(isSame).toBe(true);
      }
    }),
  );
});

test('all are one access of the memory, and those around a fault one each', () => {
  const { domain, transfers } = newDomain();
  const at = (page: number) => [{ iova: BigInt(page * PAGE), length: PAGE }];
  const move = (...pages: number[]) => {
    const bytes = new Uint8Array(pages.length * PAGE);
    return transferLists(domain, { device, lists: pages.map(at), bytes, isWrite: true });
  };
  move(0, 1, 2);
  expect(transfers.splice(0)).toEqual([3]);
  move(0, 1, 4, 1, 2, 0);
  expect(transfers).toEqual([2, 3]);
});
