// Commands that were submitted together: their data moves together, and what is wrong with one is no other's.
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryDisk } from '../../../src/kernel/memory-disk.js';
import { type Answer, type CommandFields, MEMORY_SIZE, NvmeBench, PLACES } from './nvme-bench.js';

const [WRITE, READ, COMPARE] = [1, 2, 5];
const SGL = 0x40;
const BIT_BUCKET = 0x10;
const OUT_OF_MEMORY = MEMORY_SIZE;

let nvme: NvmeBench;

beforeEach(() => {
  nvme = new NvmeBench().enable().createQueues();
});

/** The place for the data of the n-th command: a page each, and a page between them. */
const place = (index: number): number => PLACES.data + 0x2000 * index;

const io = (opcode: number, index: number, prp1 = place(index)): CommandFields => ({
  opcode,
  nsid: 1,
  prp1,
  dwords: [index, 0, 0],
});

/** Runs commands that are submitted with one ring. @returns the statuses, in the order of the commands */
function together(...commands: CommandFields[]): number[] {
  const ids = commands.map((command) => nvme.submit(1, command, false));
  nvme.ring(1);
  nvme.wait();
  const answers = new Map<number, Answer>();
  for (let answer = nvme.take(1); answer !== undefined; answer = nvme.take(1)) {
    answers.set(answer.commandId, answer);
  }
  return ids.map((id) => answers.get(id)?.status ?? -1);
}

/** Fills the place of each command with a value of its own: its index and some. */
function prepare(count: number, more: number): void {
  for (let index = 0; index < count; index++) {
    nvme.memory.fill(index + more, place(index), place(index) + 512);
  }
}

const valueAt = (index: number): number => nvme.memory[place(index) + 511] ?? -1;

describe('the data of a batch', () => {
  it('of writes comes in one transfer, that of reads goes in one', () => {
    prepare(4, 10);
    nvme.transfers.length = 0;
    expect(together(...[0, 1, 2, 3].map((index) => io(WRITE, index)))).toEqual([0, 0, 0, 0]);
    // The commands, their data, the completions but the first, the first.
    expect(nvme.transfers).toEqual([1, 4, 1, 1]);
    prepare(4, 0);
    nvme.transfers.length = 0;
    expect(together(...[3, 2, 1, 0].map((index) => io(READ, index)))).toEqual([0, 0, 0, 0]);
    expect(nvme.transfers).toEqual([1, 4, 1, 1]);
    expect([0, 1, 2, 3].map(valueAt)).toEqual([10, 11, 12, 13]);
  });

  it.each([
    [READ, 'of a read'],
    [WRITE, 'of a write'],
  ])('%i: what faults is that %s alone', (opcode) => {
    prepare(4, 20);
    expect(together(...[0, 1, 3].map((index) => io(WRITE, index)))).toEqual([0, 0, 0]);
    prepare(4, 40);
    const statuses = together(
      io(opcode, 0),
      io(opcode, 1, OUT_OF_MEMORY),
      io(opcode, 2, place(2) + 1),
      io(opcode, 3),
    );
    expect(statuses).toEqual([0, 0x04, 0x13, 0]);
    expect(together(...[0, 1, 3].map((index) => io(READ, index)))).toEqual([0, 0, 0]);
    const others = opcode === WRITE ? 40 : 20;
    expect([0, 1, 3].map(valueAt)).toEqual([others, 21, others + 3]);
  });

  it('what faults is told once', () => {
    const faults: bigint[] = [];
    nvme.member.dma.onFault(({ iova }) => faults.push(iova));
    together(io(WRITE, 0), io(WRITE, 1, OUT_OF_MEMORY), io(READ, 2), io(READ, 3, OUT_OF_MEMORY));
    expect(faults).toEqual([BigInt(OUT_OF_MEMORY), BigInt(OUT_OF_MEMORY)]);
  });

  it('a write that can not be fetches nothing', () => {
    const faults: bigint[] = [];
    nvme.member.dma.onFault(({ iova }) => faults.push(iova));
    const beyond = { ...io(WRITE, 0, OUT_OF_MEMORY), dwords: [0xffff_ffff, 0, 0] };
    const ofNone = { ...io(WRITE, 0, OUT_OF_MEMORY), nsid: 2 };
    const fused = { ...io(WRITE, 0, OUT_OF_MEMORY), flags: 1 };
    expect(together(beyond, ofNone, fused, io(WRITE, 1))).toEqual([0x80, 0x0b, 0x02, 0]);
    expect(faults).toEqual([]);
  });
});

it('a command sees what those before it have written, and not what comes behind', () => {
  const on = (opcode: number, index: number): CommandFields => ({
    ...io(opcode, 0),
    prp1: place(index),
  });
  prepare(3, 60);
  expect(together(on(WRITE, 0), on(COMPARE, 0), on(READ, 1), on(WRITE, 2), on(COMPARE, 2))).toEqual(
    [0, 0, 0, 0, 0],
  );
  expect(valueAt(1)).toBe(60);
});

it('data with parts that are not wanted goes by itself', () => {
  prepare(2, 70);
  together(io(WRITE, 0), io(WRITE, 1));
  prepare(2, 0);
  const segment = PLACES.lists;
  nvme.view.setBigUint64(segment, BigInt(place(0)), true);
  nvme.view.setUint32(segment + 8, 256, true);
  nvme.view.setUint32(segment + 24, 256, true);
  nvme.view.setUint8(segment + 31, BIT_BUCKET);
  // The last segment's descriptor: 32 bytes at the list, of type 3.
  const descriptor = { prp1: segment, prp2: (0x30n << 56n) | 32n };
  expect(together({ ...io(READ, 0), flags: SGL, ...descriptor }, io(READ, 1))).toEqual([0, 0]);
  expect(nvme.memory[place(0) + 255]).toBe(70);
  expect([0, 1].map(valueAt)).toEqual([0, 71]);
});

it('writes that a slice has no time for are written later, with their own data', () => {
  // The clock goes on by a millisecond at each write, so that each slice has one.
  const disk = new MemoryDisk(2 ** 20);
  let ms = 0;
  const slow = Object.assign(Object.create(disk) as MemoryDisk, {
    size: disk.size,
    isReadOnly: false,
    read: disk.read.bind(disk),
    write: (offset: number, source: Uint8Array) => {
      ms += 1;
      disk.write(offset, source);
    },
  });
  nvme = new NvmeBench({ size: '1M' }, slow);
  nvme.machine.kernel.timers.useClock(() => ms);
  nvme.enable().createQueues();
  prepare(6, 80);
  const statuses = together(
    ...[0, 1, 2].map((index) => io(WRITE, index)),
    io(READ, 5),
    ...[3, 4].map((index) => io(WRITE, index)),
  );
  expect(statuses).toEqual([0, 0, 0, 0, 0, 0]);
  const byte = new Uint8Array(1);
  const values = [0, 1, 2, 3, 4].map((block) => {
    disk.read(512 * block, byte);
    return byte[0];
  });
  expect(values).toEqual([80, 81, 82, 83, 84]);
  // One that comes alone, where others were that had to wait, has its own data, too.
  const reads = [6, 7, 8, 9, 10].map((index) => io(READ, index));
  expect(together(...reads, io(WRITE, 5, place(0)))).toEqual([0, 0, 0, 0, 0, 0]);
  disk.read(512 * 5, byte);
  expect(byte[0]).toBe(80);
});
