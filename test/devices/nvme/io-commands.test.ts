// Commands of the NVM command set (NVM Express 1.4 §6).
import { beforeEach, describe, expect, it } from 'vitest';
import { type Disk, DiskError, type DiskFailure } from '../../../src/kernel/disk.js';
import { MemoryDisk } from '../../../src/kernel/memory-disk.js';
import { NvmeBench, PLACES } from './nvme-bench.js';

const [FLUSH, WRITE, READ, COMPARE, WRITE_ZEROES, DATASET, VERIFY] = [0, 1, 2, 5, 8, 9, 12];
const FUA = 0x4000_0000;
/** Of 1 MiB. */
const BLOCKS = 2048;

let nvme: NvmeBench;

beforeEach(() => {
  nvme = new NvmeBench().enable().createQueues();
});

/** Writes blocks of one value. */
function fill(block: number, count: number, value: number): void {
  const prp2 = PLACES.data + 4096;
  nvme.data(512 * count).fill(value);
  expect(nvme.io({ opcode: WRITE, prp2, dwords: [block, 0, count - 1] }).status).toBe(0);
}

/** The first bytes of blocks. */
function look(block: number, count = 1): number[] {
  nvme.data(8192).fill(0xee);
  const prp2 = PLACES.data + 4096;
  expect(nvme.io({ opcode: READ, prp2, dwords: [block, 0, count - 1] }).status).toBe(0);
  return Array.from({ length: count }, (_, index) => nvme.data(1, 512 * index)[0] ?? -1);
}

describe('read and write', () => {
  it('read gives what write stored, and zeros where nothing was', () => {
    fill(7, 2, 0xab);
    expect(look(6, 4)).toEqual([0, 0xab, 0xab, 0]);
  });

  it('blocks end with the namespace', () => {
    expect(nvme.io({ opcode: READ, dwords: [BLOCKS - 1, 0, 0] }).status).toBe(0);
    expect(nvme.io({ opcode: READ, dwords: [BLOCKS - 1, 0, 1] }).status).toBe(0x80);
    expect(nvme.io({ opcode: WRITE, dwords: [0, 0xffff_ffff, 0] }).status).toBe(0x80);
  });

  it('transfers beyond MDTS are invalid', () => {
    expect(nvme.io({ opcode: READ, dwords: [0, 0, 1024] }).status).toBe(0x02);
  });

  it('there is one namespace, and commands name it', () => {
    expect(nvme.io({ opcode: READ, nsid: 0, dwords: [0] }).status).toBe(0x0b);
    expect(nvme.io({ opcode: READ, nsid: 2, dwords: [0] }).status).toBe(0x0b);
    expect(nvme.io({ opcode: FLUSH, nsid: 0xffff_ffff }).status).toBe(0);
  });

  it('opcodes that there are not, and fused commands, are refused', () => {
    expect(nvme.io({ opcode: 0x7f }).status).toBe(0x01);
    expect(nvme.io({ opcode: READ, flags: 1 }).status).toBe(0x02);
  });
});

describe('compare, verify, write zeroes', () => {
  it('compare fails where bytes differ', () => {
    fill(3, 1, 0x11);
    expect(nvme.io({ opcode: COMPARE, dwords: [3, 0, 0] }).status).toBe(0);
    nvme.data(512)[511] = 0;
    expect(nvme.io({ opcode: COMPARE, dwords: [3, 0, 0] }).status).toBe(0x285);
  });

  it('write zeroes needs no data and may be of any length', () => {
    fill(0, 4, 0x22);
    expect(nvme.io({ opcode: WRITE_ZEROES, prp1: 0, dwords: [1, 0, BLOCKS - 2] }).status).toBe(0);
    expect(look(0, 3)).toEqual([0x22, 0, 0]);
  });

  it('verify reads without a transfer', () => {
    expect(nvme.io({ opcode: VERIFY, prp1: 0, dwords: [0, 0, 15] }).status).toBe(0);
    expect(nvme.io({ opcode: VERIFY, dwords: [BLOCKS, 0, 0] }).status).toBe(0x80);
  });
});

describe('dataset management', () => {
  /** Deallocates ranges of blocks. */
  function deallocate(...ranges: [block: number, count: number][]): number {
    const list = new DataView(nvme.memory.buffer, PLACES.data);
    for (const [index, [block, count]] of ranges.entries()) {
      list.setUint32(16 * index + 4, count, true);
      list.setBigUint64(16 * index + 8, BigInt(block), true);
    }
    return nvme.io({ opcode: DATASET, dwords: [ranges.length - 1, 4] }).status;
  }

  it('deallocated blocks read as zeros', () => {
    fill(0, 8, 0x33);
    expect(deallocate([1, 2], [5, 1])).toBe(0);
    expect(look(0, 8)).toEqual([0x33, 0, 0, 0x33, 0x33, 0, 0x33, 0x33]);
  });

  it('one range past the end leaves all as they are', () => {
    fill(0, 2, 0x44);
    expect(deallocate([0, 1], [BLOCKS, 1])).toBe(0x80);
    expect(look(0)).toEqual([0x44]);
  });
});

describe('the disk', () => {
  class BrokenDisk extends MemoryDisk implements Disk {
    failure: DiskFailure | undefined;
    readonly calls: string[] = [];

    override read(offset: number, target: Uint8Array): void {
      this.#check('read');
      super.read(offset, target);
    }

    override write(offset: number, source: Uint8Array): void {
      this.#check('write');
      super.write(offset, source);
    }

    override flush(): void {
      this.#check('flush');
    }

    #check(call: string): void {
      this.calls.push(call);
      const { failure } = this;
      if (failure !== undefined) throw new DiskError('broken', { failure });
    }
  }

  let disk: BrokenDisk;

  beforeEach(() => {
    disk = new BrokenDisk(2 ** 20);
    nvme = new NvmeBench({}, disk).enable().createQueues();
  });

  it('a full disk is Capacity Exceeded, and the controller goes on', () => {
    disk.failure = 'full';
    expect(nvme.io({ opcode: WRITE, dwords: [0] }).status).toBe(0x81);
    disk.failure = undefined;
    expect(nvme.io({ opcode: WRITE, dwords: [0] }).status).toBe(0);
  });

  it('failed accesses are media errors, which the health log counts', () => {
    disk.failure = 'failed';
    expect(nvme.io({ opcode: READ, dwords: [0] }).status).toBe(0x281);
    expect(nvme.io({ opcode: WRITE, dwords: [0] }).status).toBe(0x280);
    expect(nvme.io({ opcode: FLUSH }).status).toBe(0x280);
    nvme.admin({ opcode: 2, dwords: [(127 << 16) | 2] });
    expect(nvme.data(1, 160)[0]).toBe(3);
  });

  it('flush and FUA make the disk flush; other writes do not', () => {
    nvme.io({ opcode: WRITE, dwords: [0] });
    expect(disk.calls).toEqual(['write']);
    nvme.io({ opcode: WRITE, dwords: [0, 0, FUA] });
    nvme.io({ opcode: FLUSH });
    expect(disk.calls).toEqual(['write', 'write', 'flush', 'flush']);
  });

  it('without a write cache, writes that came together are flushed once before they complete', () => {
    nvme.admin({ opcode: 9, dwords: [6, 0] });
    disk.calls.length = 0;
    for (let count = 0; count < 3; count++) nvme.submit(1, { opcode: WRITE, nsid: 1 }, false);
    nvme.ring(1);
    expect(disk.calls).toEqual(['write', 'write', 'write', 'flush']);
    expect([1, 2, 3].map(() => nvme.take(1)?.status)).toEqual([0, 0, 0]);
  });

  it('a flush that fails fails the writes that waited for it', () => {
    disk.flush = () => {
      throw new DiskError('broken');
    };
    expect(nvme.io({ opcode: WRITE, dwords: [0, 0, FUA] }).status).toBe(0x280);
  });

  it('a read-only namespace says so and is written by nothing', () => {
    nvme = new NvmeBench({ size: '1M', readonly: 'yes' }).enable().createQueues();
    for (const opcode of [WRITE, WRITE_ZEROES]) {
      expect(nvme.io({ opcode, dwords: [0] }).status).toBe(0x20);
    }
    expect(nvme.admin({ opcode: 0x80, nsid: 1 }).status).toBe(0x20);
    nvme.admin({ opcode: 6, nsid: 1 });
    expect(nvme.data(1, 99)[0]).toBe(1);
  });
});
