// The fuzzer of device models, shortly: nothing is found in those that there are, and what is broken is found.
// Longer: `npm run fuzz:devices -- --seconds 600`.
import { describe, expect, it } from 'vitest';
import { vocabularies } from '../../fuzz/devices/models/index.js';
import { Finding, run } from '../../fuzz/devices/run.js';
import { deviceModels } from '../../src/devices/index.js';
import type { DeviceModel, DeviceModelFactory } from '../../src/pci/device-model.js';

const RUNS = 12;

describe('every model survives whatever is done to it, and works after a reset', () => {
  it.each([...deviceModels])('%s', (name, factory) => {
    for (let seed = 1; seed <= RUNS; seed++) run(factory, vocabularies[name] ?? {}, seed);
  });

  it('a seed says the same twice', () => {
    for (const [name, factory] of deviceModels) {
      const vocabulary = vocabularies[name] ?? {};
      expect(run(factory, vocabulary, 7)).toBe(run(factory, vocabulary, 7));
    }
  });
});

describe('a canary that is', () => {
  /** A device of 64 registers, one of which is broken. */
  const canary = (broken: Partial<DeviceModel>): DeviceModelFactory => ({
    summary: 'a canary',
    options: {},
    describe: () => ({
      model: 'canary',
      identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
      bars: [{ index: 0, kind: 'memory32', size: 256 }],
      create: () => ({ read: () => 0, write: () => undefined, reset: () => undefined, ...broken }),
    }),
  });
  const find = (broken: Partial<DeviceModel>) => () => {
    for (let seed = 1; seed <= RUNS; seed++) run(canary(broken), {}, seed);
  };

  it('well is left alone', () => {
    expect(find({})).not.toThrow();
  });

  it('broken at one value of one register is found, with the seed and what was done last', () => {
    const write = (_bar: number, offset: number, _size: number, value: number): void => {
      if (offset === 0x40 && value === 0xffff_ffff) throw new Error('dead canary');
    };
    expect(find({ write })).toThrow(Finding);
    expect(find({ write })).toThrow(/seed \d+, step \d+: Error: dead canary/);
    expect(find({ write })).toThrow(/write 0:0x40\/\d 0xffffffff$/);
  });

  it('answering with what is no number of so many bits is found', () => {
    expect(find({ read: () => Number.NaN })).toThrow('gave NaN');
    expect(find({ read: () => 2 ** 32 })).toThrow('gave 4294967296');
  });
});
