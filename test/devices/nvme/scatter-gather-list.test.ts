// Scatter gather lists (NVM Express 1.4 §4.4).
import { beforeEach, describe, expect, it } from 'vitest';
import { MEMORY_SIZE, NvmeBench, PLACES } from './nvme-bench.js';
import {
  BLOCK,
  BUCKET,
  type Descriptor,
  LAST,
  listed,
  SEGMENT,
  segment,
  withDescriptor,
} from './sgl.js';

const [WRITE, READ] = [1, 2];
const { data, lists } = PLACES;
/** One block, and two. */
const read = { opcode: READ, dwords: [0, 0, 0] };
const readTwo = { opcode: READ, dwords: [0, 0, 1] };

let nvme: NvmeBench;

/** Two blocks of bytes that differ. */
const pattern = Uint8Array.from({ length: 1024 }, (_, index) => (index * 7 + (index >> 8)) & 0xff);

beforeEach(() => {
  nvme = new NvmeBench().enable().createQueues();
  nvme.data(1024).set(pattern);
  nvme.io({ opcode: WRITE, dwords: [0, 0, 1] });
  nvme.data(4096).fill(0);
});

const status = (command: typeof read, first: Descriptor): number =>
  nvme.io({ ...command, ...withDescriptor(first) }).status;

it('Identify says that there are SGLs of any alignment, and bit buckets', () => {
  nvme.admin({ opcode: 6, dwords: [1] });
  expect(nvme.view.getUint32(data + 536, true)).toBe(0x0001_0001);
});

describe('data', () => {
  it('is in one block that the command describes itself, wherever it begins', () => {
    expect(status(readTwo, [BLOCK, data + 3, 1024])).toBe(0);
    expect(nvme.data(1024, 3)).toEqual(pattern);
  });

  it('is in blocks of any length, in their order', () => {
    const pieces: Descriptor[] = [
      [BLOCK, data + 2000, 1],
      [BLOCK, data, 500],
      [BLOCK, data + 1, 0],
      [BLOCK, data + 3000, 523],
    ];
    expect(listed(nvme, readTwo, ...pieces).status).toBe(0);
    expect(nvme.data(1, 2000)).toEqual(pattern.subarray(0, 1));
    expect(nvme.data(500)).toEqual(pattern.subarray(1, 501));
    expect(nvme.data(523, 3000)).toEqual(pattern.subarray(501));
  });

  it('goes on in the segment that the last descriptor of a segment leads to', () => {
    segment(nvme, lists, [BLOCK, data, 512], [SEGMENT, lists + 256, 32]);
    segment(nvme, lists + 256, [BLOCK, data + 600, 256], [LAST, lists + 512, 16]);
    segment(nvme, lists + 512, [BLOCK, data + 900, 256]);
    expect(status(readTwo, [SEGMENT, lists, 32])).toBe(0);
    expect(nvme.data(512)).toEqual(pattern.subarray(0, 512));
    expect(nvme.data(256, 900)).toEqual(pattern.subarray(768));
  });

  it('goes to memory in as few accesses as pieces that follow each other allow', () => {
    const pieces = Array.from(
      { length: 64 },
      (_, index): Descriptor => [BLOCK, data + 16 * index, 16],
    );
    nvme.accesses.length = 0;
    expect(listed(nvme, readTwo, ...pieces).status).toBe(0);
    const writes = nvme.accesses.filter(({ iova, isWrite }) => isWrite && iova >= data);
    expect(writes).toEqual([{ iova: data, length: 1024, isWrite: true }]);
  });

  it('that goes into a bit bucket is dropped', () => {
    const pieces: Descriptor[] = [
      [BUCKET, 0, 512],
      [BLOCK, data, 512],
    ];
    expect(listed(nvme, readTwo, ...pieces).status).toBe(0);
    expect(nvme.data(512)).toEqual(pattern.subarray(512));
  });

  it('from the host comes through no bit bucket: they are passed over', () => {
    nvme.data(512).fill(0x77);
    const pieces: Descriptor[] = [
      [BUCKET, 0, 4096],
      [BLOCK, data, 512],
    ];
    expect(listed(nvme, { opcode: WRITE, dwords: [0, 0, 0] }, ...pieces).status).toBe(0);
    nvme.io(read);
    expect(nvme.data(512).every((byte) => byte === 0x77)).toBe(true);
  });
});

describe('what can not be', () => {
  it.each<[string, number, Descriptor]>([
    ['a block that is too short', 0x0f, [BLOCK, data, 511]],
    ['a block that is too long', 0x0f, [BLOCK, data, 513]],
    ['memory that is not mapped', 0x04, [BLOCK, MEMORY_SIZE, 512]],
    ['a bit bucket alone', 0x0d, [BUCKET, 0, 512]],
    ['a keyed block', 0x11, [0x40, data, 512]],
    ['a block at an offset, which PCI Express has not', 0x11, [0x01, data, 512]],
    ['a segment without descriptors', 0x0d, [SEGMENT, lists, 0]],
    ['a last segment of one descriptor and a half', 0x0d, [LAST, lists, 24]],
    ['a segment that begins inside of a qword', 0x0d, [LAST, lists + 4, 16]],
    ['a segment that is not mapped', 0x04, [LAST, MEMORY_SIZE, 16]],
    ['more descriptors than are taken', 0x0e, [LAST, lists, 16 * 4097]],
  ])('%s', (_, expected, first) => {
    segment(nvme, lists, [BLOCK, data, 512]);
    expect(status(read, first)).toBe(expected);
    expect(nvme.io(read).status).toBe(0);
  });

  it.each<[string, number, readonly Descriptor[]]>([
    [
      'a segment in the last segment',
      0x0d,
      [
        [BLOCK, data, 512],
        [LAST, lists + 64, 16],
      ],
    ],
    ['a block of a type that there is not', 0x11, [[0x50, data, 512]]],
    [
      'blocks that are together too short',
      0x0f,
      [
        [BLOCK, data, 256],
        [BLOCK, data, 255],
      ],
    ],
    [
      'blocks that are together too long',
      0x0f,
      [
        [BLOCK, data, 256],
        [BLOCK, data, 257],
      ],
    ],
  ])('%s', (_, expected, all) => {
    expect(listed(nvme, read, ...all).status).toBe(expected);
  });

  it('a segment that leads nowhere, or on before its end', () => {
    segment(nvme, lists, [BLOCK, data, 512]);
    expect(status(read, [SEGMENT, lists, 16])).toBe(0x0d);
    segment(nvme, lists, [LAST, lists + 64, 16], [BLOCK, data, 512]);
    expect(status(read, [SEGMENT, lists, 32])).toBe(0x0e);
  });

  it('a segment that leads to itself, with data or without', () => {
    segment(nvme, lists, [SEGMENT, lists, 16]);
    expect(status(read, [SEGMENT, lists, 16])).toBe(0x0e);
    segment(nvme, lists, [BLOCK, data, 0], [SEGMENT, lists, 32]);
    expect(status(read, [SEGMENT, lists, 32])).toBe(0x0e);
    segment(nvme, lists, [BLOCK, data, 64], [SEGMENT, lists, 32]);
    expect(status(read, [SEGMENT, lists, 32])).toBe(0x0f);
  });

  it('admin commands with an SGL, and SGLs of metadata', () => {
    const first = withDescriptor([BLOCK, data, 4096]);
    expect(nvme.admin({ opcode: 6, dwords: [1], ...first }).status).toBe(0x02);
    expect(nvme.io({ ...read, ...withDescriptor([BLOCK, data, 512]), flags: 0x80 }).status).toBe(
      0x02,
    );
    expect(nvme.io({ ...read, ...withDescriptor([BLOCK, data, 512]), flags: 0xc0 }).status).toBe(
      0x02,
    );
  });
});
