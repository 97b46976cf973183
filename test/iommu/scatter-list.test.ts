// A scatter list does what its ranges do one after another, in fewer accesses to memory.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IommuFault, IovaRange, MemoryPiece } from '../../src/iommu/iommu-domain.js';
import { IOMMU_READ, IOMMU_WRITE, PagingDomain } from '../../src/iommu/paging-domain.js';
import { Device } from '../../src/kernel/device.js';

const PAGE = 4096;
const RW = IOMMU_READ | IOMMU_WRITE;
const device = new Device('0000:00:05.0');

/** A memory of four pages that says how it was accessed; it may take scattered pieces at once. */
function newMemory(takesPieces: boolean) {
  const bytes = new Uint8Array(4 * PAGE);
  const calls: number[] = [];
  let isGone = false;
  const each = (
    pieces: readonly MemoryPiece[],
    move: (at: number, from: number, to: number) => void,
  ) => {
    if (isGone) return false;
    calls.push(pieces.length);
    let done = 0;
    for (const { address, length } of pieces) {
      move(address, done, done + length);
      done += length;
    }
    return true;
  };
  const read = (pieces: readonly MemoryPiece[], target: Uint8Array) =>
    each(pieces, (at, from, to) => target.set(bytes.subarray(at, at + to - from), from));
  const write = (pieces: readonly MemoryPiece[], source: Uint8Array) =>
    each(pieces, (at, from, to) => bytes.set(source.subarray(from, to), at));
  const memory = {
    read: (address: number, target: Uint8Array) =>
      read([{ address, length: target.length }], target),
    write: (address: number, source: Uint8Array) =>
      write([{ address, length: source.length }], source),
    ...(takesPieces ? { readv: read, writev: write } : {}),
  };
  return {
    bytes,
    calls,
    memory,
    vanish: () => {
      isGone = true;
    },
  };
}

/** Pages 0 to 3 lead to a memory's pages in reverse order; page 4 is read-only; the rest is not mapped. */
function newDomain(takesPieces = true) {
  const parts = newMemory(takesPieces);
  const domain = new PagingDomain();
  const { memory } = parts;
  for (let page = 0; page < 4; page++) {
    domain.map({ page, pages: 1, memory, memoryPage: 3 - page, permissions: RW });
  }
  domain.map({ page: 4, pages: 1, memory, memoryPage: 0, permissions: IOMMU_READ });
  return { ...parts, domain };
}

const lists = fc.array(
  fc.record({
    iova: fc.bigInt({ min: 0n, max: BigInt(5 * PAGE) }),
    length: fc.integer({ min: 1, max: 3 * PAGE }),
  }),
  { minLength: 1, maxLength: 8 },
);

const sizeOf = (ranges: readonly IovaRange[]) =>
  ranges.reduce((sum, { length }) => sum + length, 0);

function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index * 7 + seed);
}

test.each([true, false])('writes what its ranges write (pieces at once: %s)', (takesPieces) => {
  fc.assert(
    fc.property(lists, fc.nat(255), (ranges, seed) => {
      const list = newDomain(takesPieces);
      const single = newDomain(false);
      const source = pattern(sizeOf(ranges), seed);
      const fault = list.domain.writev(device, ranges, source);
      let at = 0;
      let expected: IommuFault | undefined;
      for (const { iova, length } of ranges) {
        expected = single.domain.write(device, iova, source.subarray(at, at + length));
        if (expected !== undefined) break;
        at += length;
      }
      expect(fault).toEqual(expected);
      expect(Buffer.compare(list.bytes, single.bytes)).toBe(0);
    }),
  );
});

test.each([true, false])('reads what its ranges read (pieces at once: %s)', (takesPieces) => {
  fc.assert(
    fc.property(lists, fc.nat(255), (ranges, seed) => {
      const { domain, bytes } = newDomain(takesPieces);
      bytes.set(pattern(bytes.length, seed));
      const target = new Uint8Array(sizeOf(ranges));
      const fault = domain.readv(device, ranges, target);
      const wanted = new Uint8Array(target.length);
      let at = 0;
      let expected: IommuFault | undefined;
      for (const { iova, length } of ranges) {
        expected = domain.read(device, iova, wanted.subarray(at, at + length));
        if (expected !== undefined) break;
        at += length;
      }
      expect(fault).toEqual(expected);
      if (fault === undefined) expect(Buffer.compare(target, wanted)).toBe(0);
    }),
  );
});

test('takes one access where the memory can', () => {
  const { domain, calls } = newDomain();
  const ranges = [0n, 0x1000n, 0x2000n].map((iova) => ({ iova, length: PAGE }));
  domain.readv(device, ranges, new Uint8Array(3 * PAGE));
  expect(calls).toEqual([3]);
});

test('says where memory is gone', () => {
  const { domain, vanish } = newDomain();
  vanish();
  const ranges = [0x1000n, 0n].map((iova) => ({ iova, length: PAGE }));
  expect(domain.writev(device, ranges, new Uint8Array(2 * PAGE))).toEqual({
    device,
    iova: 0x1000n,
    isWrite: true,
    reason: 'memory gone',
  });
});
