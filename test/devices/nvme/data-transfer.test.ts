// Physical region pages (NVM Express 1.4 §4.3).
import { beforeEach, describe, expect, it } from 'vitest';
import { MEMORY_SIZE, NvmeBench, PLACES } from './nvme-bench.js';

const [WRITE, READ] = [1, 2];
const PAGE = 4096;
const OUT_OF_MEMORY = MEMORY_SIZE;

let nvme: NvmeBench;

beforeEach(() => {
  nvme = new NvmeBench().enable().createQueues();
});

/** Writes a list of pages. */
function list(at: number, ...pages: number[]): void {
  for (const [index, page] of pages.entries()) {
    nvme.view.setBigUint64(at + 8 * index, BigInt(page), true);
  }
}

/** Reads blocks and returns the accesses that moved the data. */
function read(blocks: number, prp1: number, prp2 = 0) {
  nvme.accesses.length = 0;
  const { status } = nvme.io({ opcode: READ, prp1, prp2, dwords: [0, 0, blocks - 1] });
  const writes = nvme.accesses.filter(({ iova, isWrite }) => isWrite && iova >= PLACES.data);
  return { status, ranges: writes.map(({ iova, length }) => [iova, length]) };
}

describe('data', () => {
  it('begins anywhere in a page, and goes on at the second', () => {
    const [first, second] = [PLACES.data + 0xe00, PLACES.data + 8 * PAGE];
    expect(read(2, first, second).ranges).toEqual([
      [first, 512],
      [second, 512],
    ]);
  });

  it('of a list may lie anywhere, and arrives in its order', () => {
    const pages = [5, 3, 9].map((index) => PLACES.data + index * PAGE);
    list(PLACES.lists, ...pages);
    for (const [index, page] of [PLACES.data, ...pages].entries()) {
      nvme.memory.fill(index + 1, page, page + PAGE);
    }
    nvme.io({ opcode: WRITE, prp1: PLACES.data, prp2: PLACES.lists, dwords: [0, 0, 31] });
    for (const block of [0, 8, 16, 24]) {
      nvme.io({ opcode: READ, dwords: [block, 0, 0] });
      expect(nvme.data(1)[0]).toBe(block / 8 + 1);
    }
  });

  it('in pages that follow each other is one access', () => {
    const pages = Array.from({ length: 31 }, (_, index) => PLACES.data + (index + 1) * PAGE);
    list(PLACES.lists, ...pages);
    expect(read(256, PLACES.data, PLACES.lists).ranges).toEqual([[PLACES.data, 32 * PAGE]]);
  });

  it('a list goes on in the page that its last entry leads to', () => {
    const end = PLACES.lists + PAGE - 16;
    list(end, PLACES.data + 2 * PAGE, PLACES.lists + 2 * PAGE);
    list(PLACES.lists + 2 * PAGE, PLACES.data + 4 * PAGE, PLACES.data + 6 * PAGE);
    expect(read(32, PLACES.data, end).ranges.map(([iova]) => iova)).toEqual(
      [0, 2, 4, 6].map((page) => PLACES.data + page * PAGE),
    );
  });
});

describe('what can not be', () => {
  it.each([
    ['memory that is not mapped', 1, OUT_OF_MEMORY, 0, 0x04],
    ['a second page that is not mapped', 16, PLACES.data, OUT_OF_MEMORY, 0x04],
    ['a list that is not mapped', 32, PLACES.data, OUT_OF_MEMORY, 0x04],
    ['a first address that is not of a dword', 1, PLACES.data + 2, 0, 0x13],
    ['a second page that begins inside of one', 16, PLACES.data, PLACES.data + 0x800, 0x13],
    ['a list that is not of qwords', 32, PLACES.data, PLACES.lists + 4, 0x13],
  ])('%s', (_, blocks, prp1, prp2, status) => {
    expect(read(blocks, prp1, prp2).status).toBe(status);
    expect(read(1, PLACES.data).status).toBe(0);
  });

  it('a list that leads to itself ends', () => {
    const end = PLACES.lists + PAGE - 8;
    list(end, PLACES.lists);
    list(PLACES.lists, ...Array.from({ length: 512 }, () => PLACES.lists));
    expect(read(1024, PLACES.data + 0x800, end).status).toBe(0);
  });

  it('a device that may not master the bus reaches nothing', () => {
    nvme.member.setMaster(false);
    nvme.submit(1, { opcode: READ, nsid: 1 });
    expect(nvme.isFatal).toBe(true);
  });
});
