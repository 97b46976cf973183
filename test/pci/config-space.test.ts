// Configuration space as hardware has it: what software can change, and what it can't.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expressCapability, msiCapability, msixCapability } from '../../src/pci/capabilities.js';
import { type AccessSize, ConfigSpace } from '../../src/pci/config-space.js';
import type { FunctionDescription } from '../../src/pci/device-model.js';
import { aerCapability } from '../../src/pci/extended-capabilities.js';
import { TestPci } from './test-pci.js';

const description: FunctionDescription = {
  model: 'test',
  identity: { vendor: 0x1af4, device: 0x1234, class: 0xff0000, subsystemVendor: 1, subsystem: 2 },
  interruptPin: 1,
  bars: [
    { index: 0, kind: 'memory32', size: 4096 },
    { index: 1, kind: 'io', size: 64 },
    { index: 2, kind: 'memory64', size: 2 ** 20, isPrefetchable: true },
  ],
  rom: { size: 2048 },
  capabilities: [
    msiCapability({ vectors: 4 }),
    msixCapability({
      vectors: 8,
      table: { bar: 0, offset: 0 },
      pending: { bar: 0, offset: 0x800 },
    }),
    expressCapability({ hasFunctionLevelReset: true }),
  ],
  extendedCapabilities: [aerCapability()],
};

const newFunction = () => new TestPci({ '00:01.0': description }).at('0000:00:01.0');

const access = fc.record({
  offset: fc.nat(4100),
  size: fc.constantFrom<AccessSize>(1, 2, 4),
  value: fc.nat(0xffff_ffff),
});

describe('configuration space', () => {
  it('keeps what is read-only through any writes', () => {
    fc.assert(
      fc.property(fc.array(access, { maxLength: 50 }), (writes) => {
        const { config } = newFunction();
        const readOnly = [0x00, 0x02, 0x08, 0x0a, 0x0e, 0x2c, 0x2e, 0x34, 0x3d];
        const before = readOnly.map((offset) => config.read(offset, 1));
        for (const { offset, size, value } of writes) config.write(offset, size, value);
        expect(readOnly.map((offset) => config.read(offset, 1))).toEqual(before);
      }),
      { numRuns: 50 },
    );
  });

  it('reads the same by bytes, words and double words', () => {
    fc.assert(
      fc.property(fc.array(access, { maxLength: 20 }), fc.nat(1023), (writes, index) => {
        const config = new ConfigSpace(4096);
        for (let at = 0; at < 4096; at += 4) config.allow(at, 4, { writable: 0xffff_ffff });
        for (const { offset, size, value } of writes) config.write(offset, size, value);
        const at = index * 4;
        const bytes = [0, 1, 2, 3].map((i) => config.read(at + i, 1));
        const [a = 0, b = 0, c = 0, d = 0] = bytes;
        expect(config.read(at, 2)).toBe(a | (b << 8));
        expect(config.read(at, 4)).toBe((a | (b << 8) | (c << 16) | (d << 24)) >>> 0);
      }),
      { numRuns: 100 },
    );
  });

  it('reads ones beyond its end and drops what is written there', () => {
    const config = new ConfigSpace(256);
    config.write(256, 4, 0);
    expect(config.read(256, 4)).toBe(0xffff_ffff);
    expect(config.read(254, 4)).toBe(0xffff_ffff);
  });

  it.each([
    ['32-bit memory', 0x10, 0xffff_f000],
    ['I/O', 0x14, 0xffff_ffc1],
    ['64-bit memory, low half', 0x18, 0xfff0_000c],
    ['64-bit memory, high half', 0x1c, 0xffff_ffff],
    ['ROM', 0x30, 0xffff_f801],
  ])('a BAR of %s tells its size when written with ones', (_kind, register, mask) => {
    const { config } = newFunction();
    config.write(register, 4, 0xffff_ffff);
    expect(config.read(register, 4)).toBe(mask);
  });

  it('clears error bits that ones are written to, and leaves the others', () => {
    const { config } = newFunction();
    const status = 0x104;
    config.setBits(status, 4, 0x0000_3010, true);
    config.write(status, 4, 0x0000_1000);
    expect(config.read(status, 4)).toBe(0x0000_2010);
  });

  it('links capabilities in the order they are described', () => {
    const { config } = newFunction();
    const ids: number[] = [];
    for (let at = config.read(0x34, 1); at !== 0; at = config.read(at + 1, 1)) {
      ids.push(config.read(at, 1));
    }
    expect(ids).toEqual([0x05, 0x11, 0x10]);
  });

  it('without extended capabilities, says so by a header of zeros that can’t be changed', () => {
    const plain = { ...description, extendedCapabilities: [], unclaimedBytes: 'writable' as const };
    const { config } = new TestPci({ '00:01.0': plain }).at('0000:00:01.0');
    config.write(0x100, 4, 0xffff_ffff);
    config.write(0x104, 4, 0xffff_ffff);
    expect([config.read(0x100, 4), config.read(0x104, 4)]).toEqual([0, 0xffff_ffff]);
  });

  it('has 4096 bytes with PCI Express and 256 without', () => {
    const plain = { ...description, capabilities: [], extendedCapabilities: [] };
    const machine = new TestPci({ '00:01.0': description, '00:02.0': plain });
    expect(machine.at('0000:00:01.0').config.size).toBe(4096);
    expect(machine.at('0000:00:02.0').config.size).toBe(256);
  });
});
