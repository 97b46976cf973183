// Admin commands (NVM Express 1.4 §5), but for those of queues.
import { beforeEach, describe, expect, it } from 'vitest';
import { DOORBELLS } from '../../../src/devices/nvme/registers.js';
import { NvmeBench, PLACES } from './nvme-bench.js';

const [GET_LOG, IDENTIFY, ABORT, SET, GET, EVENT, FORMAT] = [2, 6, 8, 9, 10, 12, 0x80];
const WRITE = 1;
const READ = 2;

let nvme: NvmeBench;

beforeEach(() => {
  nvme = new NvmeBench({ size: '1M', serial: 'ABC' }).enable();
});

function data(): DataView {
  return new DataView(nvme.memory.buffer, PLACES.data);
}

function text(at: number, length: number): string {
  return Buffer.from(nvme.data(length, at)).toString('latin1');
}

describe('identify', () => {
  const identify = (cns: number, nsid = 0, commandSet = 0): number => {
    nvme.data(4096).fill(0xee);
    return nvme.admin({ opcode: IDENTIFY, nsid, dwords: [cns, commandSet << 24] }).status;
  };

  it('controller: identity, one namespace, 512 KiB transfers, entries of 64 and 16 bytes', () => {
    expect(identify(1)).toBe(0);
    expect([data().getUint16(0, true), data().getUint16(2, true)]).toEqual([0x1b36, 0x1af4]);
    expect(text(4, 20)).toBe('ABC'.padEnd(20));
    expect(text(24, 40)).toBe('QEMU NVMe Ctrl'.padEnd(40));
    expect(nvme.data(1, 77)[0]).toBe(7);
    expect([...nvme.data(2, 512)]).toEqual([0x66, 0x44]);
    expect(data().getUint32(516, true)).toBe(1);
  });

  it('namespace: its blocks, formats of 512 and 4096 bytes', () => {
    expect(identify(0, 1)).toBe(0);
    expect(data().getBigUint64(0, true)).toBe(2048n);
    expect([...nvme.data(2, 25)]).toEqual([1, 0]);
    expect([nvme.data(1, 130)[0], nvme.data(1, 134)[0]]).toEqual([9, 12]);
  });

  it('lists the namespaces behind the one that is named', () => {
    identify(2, 0);
    expect([data().getUint32(0, true), data().getUint32(4, true)]).toEqual([1, 0]);
    identify(2, 1);
    expect(data().getUint32(0, true)).toBe(0);
    expect(identify(2, 0xffff_ffff)).toBe(0x0b);
  });

  it('describes the namespace by EUI-64 and command set', () => {
    identify(3, 1);
    expect([...nvme.data(2)]).toEqual([1, 8]);
    expect([...nvme.data(5, 12)]).toEqual([4, 1, 0, 0, 0]);
    const eui64 = data().getBigUint64(4);
    identify(0, 1);
    expect(data().getBigUint64(120)).toBe(eui64);
  });

  it('knows the NVM command set, and no other', () => {
    expect([5, 6, 7].map((cns) => identify(cns, cns === 5 ? 1 : 0))).toEqual([0, 0, 0]);
    expect(identify(6, 0, 2)).toBe(0x02);
    identify(0x1c);
    expect(data().getUint32(0, true)).toBe(1);
  });

  it('refuses other namespaces and other structures', () => {
    expect([identify(0, 2), identify(3, 0), identify(0x55)]).toEqual([0x0b, 0x0b, 0x02]);
  });
});

describe('features', () => {
  const set = (id: number, value: number, nsid = 0) =>
    nvme.admin({ opcode: SET, nsid, dwords: [id, value] });
  const get = (id: number, select = 0, nsid = 0) =>
    nvme.admin({ opcode: GET, nsid, dwords: [id | (select << 8)] });

  it('number of queues: 64 of each, whatever is asked for', () => {
    expect(set(7, 0x0001_0001).result).toBe(0x003f_003f);
    expect(get(7).result).toBe(0x003f_003f);
    expect(set(7, 0xffff).status).toBe(0x02);
    nvme.createQueues();
    expect(set(7, 0).status).toBe(0x0c);
  });

  it.each([
    ['arbitration', 1, 0x0303_0300],
    ['volatile write cache', 6, 0],
    ['interrupt coalescing', 8, 0x0105],
    ['write atomicity', 10, 1],
    ['asynchronous events', 11, 0x1f],
  ])('%s reads as it was set; its default stays', (_, id, value) => {
    const initial = get(id).result;
    expect(set(id, value).status).toBe(0);
    expect([get(id).result, get(id, 1).result]).toEqual([value, initial]);
    nvme.write(0x14, 0);
  });

  it('error recovery is the namespace’s own', () => {
    expect(set(5, 7, 0).status).toBe(0x0b);
    expect(set(5, 7, 1).status).toBe(0);
    expect(get(5, 0, 1).result).toBe(7);
    expect(get(5, 3, 1).result).toBe(0b110);
  });

  it('there is one power state, and nothing can be saved', () => {
    expect([set(2, 0).status, set(2, 1).status]).toEqual([0, 0x02]);
    expect(nvme.admin({ opcode: SET, dwords: [0x8000_0006, 1] }).status).toBe(0x10d);
    expect([set(0x42, 0).status, get(0x42).status, get(6, 4).status]).toEqual([2, 2, 2]);
  });

  it('the timestamp goes on from what the host said', () => {
    data().setBigUint64(0, 1_700_000_000_000n, true);
    nvme.admin({ opcode: SET, dwords: [14] });
    nvme.machine.kernel.timers.fireNext(250);
    nvme.admin({ opcode: GET, dwords: [14] });
    expect(data().getBigUint64(0, true)).toBe(1_700_000_000_250n | (2n << 48n));
  });
});

describe('log pages', () => {
  const log = (id: number, bytes = 512, offset = 0, nsid = 0) => {
    nvme.data(4096).fill(0);
    const dwords = [((bytes / 4 - 1) << 16) | id, 0, offset];
    return nvme.admin({ opcode: GET_LOG, nsid, dwords }).status;
  };

  it('errors: the newest first, with queue, command, status and block', () => {
    nvme.createQueues();
    nvme.admin({ opcode: 0x55 });
    const { commandId } = nvme.io({ opcode: READ, dwords: [9999] });
    expect(log(1, 128)).toBe(0);
    expect(data().getBigUint64(0, true)).toBe(2n);
    expect([data().getUint16(8, true), data().getUint16(10, true)]).toEqual([1, commandId]);
    expect((data().getUint16(12, true) >> 1) & 0x7ff).toBe(0x80);
    expect(data().getBigUint64(16, true)).toBe(9999n);
    expect(data().getBigUint64(64, true)).toBe(1n);
  });

  it('health: temperature, commands, and thousands of 512 bytes', () => {
    nvme.createQueues();
    for (let count = 0; count < 3; count++) nvme.io({ opcode: READ, dwords: [0] });
    nvme.io({ opcode: WRITE, dwords: [0] });
    expect(log(2)).toBe(0);
    expect(data().getUint16(1, true)).toBe(0x143);
    expect([32, 48, 64, 80].map((at) => data().getBigUint64(at, true))).toEqual([1n, 1n, 3n, 1n]);
    expect([log(2, 512, 0, 1), log(2, 512, 0, 7)]).toEqual([0x02, 0x0b]);
  });

  it('firmware and supported commands', () => {
    log(3);
    expect([nvme.data(1)[0], text(8, 8)]).toEqual([1, '1.0     ']);
    log(5, 4096);
    const supported = (opcode: number, io: boolean) =>
      data().getUint32((io ? 1024 : 0) + 4 * opcode, true) & 1;
    expect([supported(6, false), supported(0x55, false), supported(8, true)]).toEqual([1, 0, 1]);
  });

  it('can be read from an offset, up to their end', () => {
    expect([log(2, 4, 508), log(2, 4, 512), log(2, 4, 516), log(2, 4, 2)]).toEqual([0, 0, 2, 2]);
    expect(log(0x70)).toBe(0x109);
  });
});

describe('asynchronous events', () => {
  const BAD_DOORBELL = DOORBELLS + 8 * 40;

  it('an invalid doorbell completes a request that waits, once until the log is read', () => {
    nvme.submit(0, { opcode: EVENT });
    nvme.submit(0, { opcode: EVENT });
    expect(nvme.take(0)).toBeUndefined();
    nvme.write(BAD_DOORBELL, 1);
    expect(nvme.take(0)?.result).toBe(0x01_00_00);
    nvme.write(BAD_DOORBELL, 2);
    expect(nvme.take(0)).toBeUndefined();
    nvme.submit(0, { opcode: GET_LOG, dwords: [(15 << 16) | 1] });
    expect([nvme.take(0)?.status, nvme.take(0)?.result]).toEqual([0, 0x01_00_00]);
  });

  it('a value out of range is another event; requests may come later', () => {
    nvme.write(DOORBELLS, 16);
    expect(nvme.admin({ opcode: EVENT }).result).toBe(0x01_01_00);
  });

  it('a temperature above the threshold is told to hosts that want it', () => {
    nvme.admin({ opcode: SET, dwords: [11, 2] });
    nvme.submit(0, { opcode: EVENT });
    nvme.submit(0, { opcode: SET, dwords: [4, 0x100] });
    expect([nvme.take(0)?.status, nvme.take(0)?.result]).toEqual([0, 0x02_01_01]);
  });

  it('four requests may wait; one more is refused', () => {
    for (let count = 0; count < 4; count++) nvme.submit(0, { opcode: EVENT });
    expect(nvme.admin({ opcode: EVENT }).status).toBe(0x105);
  });

  it('abort ends a request that waits; others are too late', () => {
    const waiting = nvme.submit(0, { opcode: EVENT });
    nvme.submit(0, { opcode: ABORT, dwords: [waiting << 16] });
    expect(nvme.take(0)).toEqual({ status: 0x07, result: 0, commandId: waiting });
    expect(nvme.take(0)?.result).toBe(0);
    expect(nvme.admin({ opcode: ABORT, dwords: [99 << 16] }).result).toBe(1);
  });
});

describe('format', () => {
  it('erases, and changes the size of blocks', () => {
    nvme.createQueues().data(512).fill(1);
    nvme.io({ opcode: WRITE, dwords: [0] });
    expect(nvme.admin({ opcode: FORMAT, nsid: 1, dwords: [1] }).status).toBe(0);
    nvme.io({ opcode: READ, dwords: [0] });
    expect(nvme.data(4096).every((byte) => byte === 0)).toBe(true);
    expect(nvme.io({ opcode: READ, dwords: [256] }).status).toBe(0x80);
  });

  it('refuses formats that there are not, protection, and cryptographic erase', () => {
    const format = (options: number, nsid = 1) =>
      nvme.admin({ opcode: FORMAT, nsid, dwords: [options] }).status;
    expect([format(2), format(1 << 5), format(2 << 9), format(0, 2)]).toEqual([
      0x10a, 0x10a, 0x02, 0x0b,
    ]);
  });
});

it('opcodes that there are not are invalid', () => {
  for (const opcode of [0x03, 0x14, 0x18, 0x7f, 0x81, 0xc0]) {
    expect(nvme.admin({ opcode }).status).toBe(0x01);
  }
});
