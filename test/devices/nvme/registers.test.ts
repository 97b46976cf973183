// Registers and the life of the controller (NVM Express 1.4 §3.1, §7.3, §7.6).
import { beforeEach, describe, expect, it } from 'vitest';
import {
  ACQ,
  AQA,
  ASQ,
  CAP,
  CC,
  CSTS,
  INTMC,
  INTMS,
  VS,
} from '../../../src/devices/nvme/registers.js';
import { ENABLE, NvmeBench, PLACES } from './nvme-bench.js';

let nvme: NvmeBench;

beforeEach(() => {
  nvme = new NvmeBench();
});

describe('registers', () => {
  it('capabilities and version are those that were recorded of QEMU 7.2', () => {
    expect([nvme.read(CAP), nvme.read(CAP + 4)]).toEqual([0x0f0107ff, 0x00401820]);
    expect(nvme.read(VS)).toBe(0x00010400);
    expect(nvme.mapped.getUint32(CAP, true)).toBe(0x0f0107ff);
  });

  it('parts of registers can be read', () => {
    expect(nvme.bar.read(CAP + 2, 2)).toBe(0x0f01);
    expect(nvme.bar.read(CAP + 3, 1)).toBe(0x0f);
  });

  it('read-only registers stay as they are', () => {
    nvme.write(CAP, 0);
    nvme.write(CSTS, 0xffff_ffff);
    expect([nvme.read(CAP), nvme.read(CSTS)]).toEqual([0x0f0107ff, 0]);
  });

  it('accesses to what is no register are reported', () => {
    nvme.write(0x800, 1);
    expect(nvme.read(0x800)).toBe(0);
    expect(nvme.member.diagnostics.unmodelledRegisters).toHaveLength(1);
  });

  it('INTMS sets and INTMC clears the mask that both show', () => {
    nvme.write(INTMS, 0b110);
    nvme.write(INTMC, 0b010);
    expect([nvme.read(INTMS), nvme.read(INTMC)]).toEqual([0b100, 0b100]);
  });
});

describe('enabling', () => {
  it('is ready once enabled, by call or through mapped memory', () => {
    expect(nvme.enable().isReady).toBe(true);
    nvme.write(CC, 0);
    expect(nvme.isReady).toBe(false);
    nvme.store(CC, ENABLE);
    expect(nvme.mapped.getUint32(CSTS, true)).toBe(1);
  });

  it.each([
    ['an admin queue that begins inside of a page', ENABLE | (1 << 7), 0x000f_000f],
    ['a page size beyond MPSMAX', ENABLE | (5 << 7), 0x000f_000f],
    ['a command set that there is not', ENABLE | (3 << 4), 0x000f_000f],
    ['an admin queue of one entry', ENABLE, 0x000f_0000],
  ])('%s is a fatal error, which a reset ends', (_, cc, sizes) => {
    nvme.write(AQA, sizes);
    nvme.write(ASQ, PLACES.adminSubmission);
    nvme.write(CC, cc);
    expect([nvme.isReady, nvme.isFatal]).toEqual([false, true]);
    nvme.write(CC, 0);
    expect(nvme.isFatal).toBe(false);
  });

  it('an unreachable admin queue is a fatal error at the first command', () => {
    nvme.write(AQA, 0x000f_000f);
    nvme.write(ASQ, 0x4000_0000);
    nvme.write(CC, ENABLE);
    nvme.write(0x1000, 1);
    expect(nvme.isFatal).toBe(true);
  });
});

it('stores into read-only registers of mapped memory are undone', () => {
  nvme.enable();
  const registers = Array.from({ length: 16 }, (_, index) => 4 * index).filter(
    (register) => ![INTMS, INTMC, CC, AQA, ASQ, ASQ + 4, ACQ, ACQ + 4].includes(register),
  );
  const before = registers.map((register) => nvme.read(register));
  for (const register of registers) nvme.store(register, 0xffff_ffff);
  expect(registers.map((register) => nvme.mapped.getUint32(register, true))).toEqual(before);
  expect(registers.map((register) => nvme.read(register))).toEqual(before);
  expect(nvme.isReady).toBe(true);
});

it('a second store to CC while the first is being taken is not lost', () => {
  // As Linux enables a controller: the configuration first, and at once again with the bit that enables.
  nvme.write(AQA, 0x000f_000f);
  nvme.write(ASQ, PLACES.adminSubmission);
  const stored: number[] = [];
  nvme.member.events.register.subscribe(({ value }) => {
    stored.push(Number(value));
    if (stored.length === 1) nvme.mapped.setUint32(CC, ENABLE, true);
  });
  nvme.store(CC, ENABLE & ~1);
  expect(nvme.mapped.getUint32(CC, true)).toBe(ENABLE);
  nvme.machine.kernel.pollers.poll();
  expect(stored).toEqual([ENABLE & ~1, ENABLE]);
  expect(nvme.isReady).toBe(true);
});

describe('shutdown and reset', () => {
  it('a shutdown is complete at once', () => {
    nvme.enable().write(CC, ENABLE | (1 << 14));
    expect(nvme.read(CSTS)).toBe(0b1001);
  });

  it('a controller reset keeps the addresses of the admin queues and takes all else', () => {
    nvme.enable().createQueues();
    nvme.write(CC, 0);
    expect(nvme.read(AQA)).toBe(0x000f_000f);
    nvme.enable();
    expect(nvme.admin({ opcode: 0, dwords: [1] }).status).toBe(0x101);
  });

  it('a function level reset does so, too', () => {
    nvme.enable();
    nvme.member.hardwareReset('flr');
    nvme.member.enable();
    expect([nvme.read(CC), nvme.read(CSTS)]).toEqual([0, 0]);
    expect(nvme.read(ASQ)).toBe(PLACES.adminSubmission);
  });

  it('what mapped memory was told before a reset comes before it', () => {
    nvme.enable();
    nvme.store(CC, ENABLE);
    nvme.mapped.setUint32(CC, ENABLE | (1 << 14), true);
    nvme.member.hardwareReset('flr');
    nvme.machine.kernel.pollers.poll();
    nvme.member.enable();
    expect([nvme.read(CC), nvme.read(CSTS), nvme.mapped.getUint32(CC, true)]).toEqual([0, 0, 0]);
  });

  it('what was stored outlives every reset', () => {
    nvme.enable().createQueues().data(512).fill(0x5a);
    nvme.io({ opcode: 1, dwords: [0, 0, 0] });
    nvme.member.hardwareReset('flr');
    nvme.member.enable();
    nvme.member.setMaster(true);
    nvme.enable().createQueues().data(512).fill(0);
    nvme.io({ opcode: 2, dwords: [0, 0, 0] });
    expect(nvme.data(512).every((byte) => byte === 0x5a)).toBe(true);
  });
});
