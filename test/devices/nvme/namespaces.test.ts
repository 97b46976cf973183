// Namespace management and attachment (NVM Express 1.4 §5.19, §5.20, §8.12).
import { beforeEach, describe, expect, it } from 'vitest';
import { type Answer, NvmeBench } from './nvme-bench.js';

const [GET_LOG, IDENTIFY, SET, EVENT, MANAGE, ATTACH, FORMAT] = [2, 6, 9, 12, 13, 21, 0x80];
const [WRITE, READ] = [1, 2];
const ALL = 0xffff_ffff;
const CHANGED_NAMESPACES = 4;

let nvme: NvmeBench;

beforeEach(() => {
  nvme = new NvmeBench().enable().createQueues();
});

/** With a list of controllers: attach (0) or detach (1). */
function attach(select: number, ids: readonly number[] = [0], nsid = 1): number {
  nvme.data(4096).fill(0);
  const list = new DataView(nvme.data(4096).buffer, nvme.data(4096).byteOffset);
  list.setUint16(0, ids.length, true);
  for (const [index, id] of ids.entries()) list.setUint16(2 + 2 * index, id, true);
  return nvme.admin({ opcode: ATTACH, nsid, dwords: [select] }).status;
}

const detach = (...args: [ids?: readonly number[], nsid?: number]): number => attach(1, ...args);

function create(blocks: number, options: { capacity?: number; format?: number } = {}): Answer {
  nvme.data(4096).fill(0);
  const data = new DataView(nvme.data(4096).buffer, nvme.data(4096).byteOffset);
  data.setBigUint64(0, BigInt(blocks), true);
  data.setBigUint64(8, BigInt(options.capacity ?? blocks), true);
  data.setUint8(26, options.format ?? 0);
  return nvme.admin({ opcode: MANAGE, dwords: [0] });
}

const remove = (nsid = 1): number => nvme.admin({ opcode: MANAGE, nsid, dwords: [1] }).status;

/** The first dword of what Identify answers. */
function identified(cns: number, nsid = 0): number {
  nvme.data(4096).fill(0xee);
  expect(nvme.admin({ opcode: IDENTIFY, nsid, dwords: [cns] }).status).toBe(0);
  return new DataView(nvme.data(4).slice().buffer).getUint32(0, true);
}

const active = (): number => identified(2);
const allocated = (): number => identified(0x10);

describe('attachment', () => {
  it('a detached namespace is inactive: commands to it are invalid, its data is all zeros', () => {
    expect(detach()).toBe(0);
    expect([active(), allocated(), identified(0, 1)]).toEqual([0, 1, 0]);
    expect(identified(0x11, 1)).toBe(2048);
    expect(nvme.io({ opcode: READ }).status).toBe(0x02);
    expect(nvme.io({ opcode: 0, nsid: ALL }).status).toBe(0);
  });

  it('it comes back with its blocks', () => {
    nvme.data(512).fill(0x5a);
    nvme.io({ opcode: WRITE });
    detach();
    expect(attach(0)).toBe(0);
    nvme.data(512).fill(0);
    nvme.io({ opcode: READ });
    expect([active(), nvme.io({ opcode: READ }).status, nvme.data(1)[0]]).toEqual([1, 0, 0x5a]);
  });

  it('outlives a reset of the controller', () => {
    detach();
    nvme.write(0x14, 0);
    nvme.enable();
    expect(active()).toBe(0);
  });

  it('attaching twice, or detaching what is not attached, is refused', () => {
    expect(attach(0)).toBe(0x118);
    detach();
    expect(detach()).toBe(0x11a);
  });

  it('the list names the controller, which is number 0', () => {
    expect([detach([]), detach([1]), detach([0, 1])]).toEqual([0x11c, 0x11c, 0x11c]);
    expect([detach([0], 2), detach([0], ALL), attach(2)]).toEqual([0x0b, 0x0b, 0x02]);
  });

  it('Identify lists controllers, all of them and those of a namespace', () => {
    const one = 0x0000_0001;
    expect([identified(0x13), identified(0x12, 1)]).toEqual([one, one]);
    expect(identified(0x13 | (1 << 16))).toBe(0);
    detach();
    expect([identified(0x13), identified(0x12, 1)]).toEqual([one, 0]);
  });
});

describe('management', () => {
  it('a deleted namespace leaves its capacity to a new one, whose blocks are zeros', () => {
    nvme.data(512).fill(0x5a);
    nvme.io({ opcode: WRITE });
    expect(remove()).toBe(0);
    expect([active(), allocated()]).toEqual([0, 0]);
    expect(create(128, { format: 1 })).toMatchObject({ status: 0, result: 1 });
    expect([active(), allocated()]).toEqual([0, 1]);
    attach(0);
    expect(identified(0, 1)).toBe(128);
    expect(nvme.io({ opcode: READ, dwords: [0] }).status).toBe(0);
    expect(nvme.data(4096).every((byte) => byte === 0)).toBe(true);
    expect(nvme.io({ opcode: READ, dwords: [128] }).status).toBe(0x80);
  });

  it('Identify tells the capacity, and how much of it no namespace has', () => {
    const capacity = (): bigint[] => {
      identified(1);
      const data = new DataView(nvme.data(4096).buffer, nvme.data(4096).byteOffset);
      return [data.getBigUint64(280, true), data.getBigUint64(296, true)];
    };
    expect(capacity()).toEqual([2n ** 20n, 0n]);
    remove();
    create(512);
    expect(capacity()).toEqual([2n ** 20n, 2n ** 20n - 512n * 512n]);
  });

  it('there is room for one', () => {
    expect(create(1).status).toBe(0x116);
    remove();
    expect(create(2049).status).toBe(0x115);
    expect(create(16, { capacity: 8 }).status).toBe(0x11b);
    expect([create(16, { format: 2 }).status, create(0).status]).toEqual([0x10a, 0x02]);
  });

  it('what is not there is not deleted', () => {
    expect(remove(2)).toBe(0x0b);
    expect([remove(ALL), remove(1), remove(ALL)]).toEqual([0, 0x02, 0]);
    expect(detach()).toBe(0x02);
    expect(nvme.admin({ opcode: MANAGE, dwords: [2] }).status).toBe(0x02);
  });

  it('a read-only image is not deleted', () => {
    nvme = new NvmeBench({ size: '1M', readonly: 'yes' }).enable();
    expect(remove()).toBe(0x20);
    expect(allocated()).toBe(1);
  });
});

describe('the host hears of it', () => {
  const changed = (isRetained = false): number => {
    nvme.data(4096).fill(0xee);
    const dwords = [(1023 << 16) | (isRetained ? 0x8000 : 0) | CHANGED_NAMESPACES];
    expect(nvme.admin({ opcode: GET_LOG, dwords }).status).toBe(0);
    return new DataView(nvme.data(4).slice().buffer).getUint32(0, true);
  };

  it('the list of changed namespaces has it until it is read', () => {
    expect(changed()).toBe(0);
    detach();
    expect([changed(true), changed(), changed()]).toEqual([1, 1, 0]);
  });

  it('an event tells hosts that asked for it, once until they read the list', () => {
    nvme.admin({ opcode: SET, dwords: [11, 0x100] });
    nvme.submit(0, { opcode: EVENT });
    nvme.submit(0, { opcode: EVENT });
    nvme.submit(0, { opcode: MANAGE, nsid: 1, dwords: [1] });
    expect(nvme.take(0)?.status).toBe(0);
    expect(nvme.take(0)?.result).toBe(0x04_00_02);
    create(2048);
    attach(0);
    expect(nvme.take(0)).toBeUndefined();
    nvme.submit(0, { opcode: GET_LOG, dwords: [CHANGED_NAMESPACES] });
    expect([nvme.take(0)?.status, nvme.take(0)?.result]).toEqual([0, 0x04_00_02]);
  });

  it('others are not told', () => {
    nvme.submit(0, { opcode: EVENT });
    detach();
    expect(nvme.take(0)).toBeUndefined();
  });

  it('another size of blocks is a change; the same is none', () => {
    nvme.admin({ opcode: FORMAT, nsid: 1, dwords: [0] });
    expect(changed()).toBe(0);
    nvme.admin({ opcode: FORMAT, nsid: 1, dwords: [1] });
    expect(changed()).toBe(1);
  });
});
