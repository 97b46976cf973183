// Resets and power states of functions.
import { describe, expect, it } from 'vitest';
import { rootPortModel } from '../../src/devices/bridge/index.js';
import { expressCapability, powerManagementCapability } from '../../src/pci/capabilities.js';
import type { Capability } from '../../src/pci/capability.js';
import type { FunctionDescription } from '../../src/pci/device-model.js';
import { TestPci } from './test-pci.js';

const causes: string[] = [];

const device = (capabilities: readonly Capability[] = []): FunctionDescription => ({
  model: 'test',
  identity: { vendor: 1, device: 2, class: 0xff0000 },
  bars: [{ index: 0, kind: 'memory32', size: 4096 }],
  capabilities,
  create: () => ({
    read: () => 0,
    write: () => undefined,
    reset: (cause) => {
      causes.push(cause);
    },
  }),
});

const flr = expressCapability({ hasFunctionLevelReset: true });
const softReset = powerManagementCapability({ keepsState: false });
const port = rootPortModel.describe({});

describe('reset methods', () => {
  it.each([
    ['nothing', { '00:01.0': device() }, '0000:00:01.0', []],
    ['function level reset', { '00:01.0': device([flr]) }, '0000:00:01.0', ['flr']],
    [
      'power management without NoSoftRst',
      { '00:01.0': device([softReset]) },
      '0000:00:01.0',
      ['pm'],
    ],
    [
      'alone behind a port',
      { '00:01.0': port, '01:00.0': device([flr]) },
      '0000:01:00.0',
      ['flr', 'bus'],
    ],
  ])('of a function with %s', (_what, functions, address, methods) => {
    expect(new TestPci(functions).at(address).resetMethods).toEqual(methods);
  });

  it('the first function found on a bus keeps "bus" in its list, but the reset is refused', () => {
    const machine = new TestPci({ '00:01.0': port, '01:00.0': device(), '01:01.0': device() });
    expect(machine.at('0000:01:00.0').resetMethods).toEqual(['bus']);
    expect(() => machine.at('0000:01:00.0').reset()).toThrow('ENOTTY');
  });
});

describe('a reset', () => {
  it('reaches the model and leaves configuration space as it was', () => {
    const member = new TestPci({ '00:01.0': device([flr]) }).at('0000:00:01.0');
    member.setMaster(true);
    const before = member.config.snapshot();
    causes.length = 0;
    member.reset();
    expect(causes).toEqual(['flr']);
    expect(member.config.snapshot()).toEqual(before);
  });

  it('by writing the bit leaves the function as after power-on', () => {
    const member = new TestPci({ '00:01.0': device([flr]) }).at('0000:00:01.0');
    const control = (member.capability(0x10) ?? 0) + 8;
    member.config.write(control, 2, 0x8000);
    expect(member.config.read(0x04, 2)).toBe(0);
    expect(member.config.read(0x10, 4)).toBe(0);
  });

  it('of a bus reaches everything behind it', () => {
    const machine = new TestPci({ '00:01.0': port, '01:00.0': device(), '01:01.0': device() });
    causes.length = 0;
    machine.at('0000:00:01.0').secondaryBus?.reset();
    expect(causes).toEqual(['bus', 'bus']);
  });
});

describe('power states', () => {
  it('D3hot stops decoding; D0 brings it back', () => {
    const kept = powerManagementCapability();
    const member = new TestPci({ '00:01.0': device([kept]) }).at('0000:00:01.0');
    const control = (member.capability(1) ?? 0) + 4;
    member.config.write(control, 2, 3);
    expect(member.powerState).toBe('D3hot');
    expect(member.bars[0]?.read(0, 4)).toBe(0xffff_ffff);
    member.config.write(control, 2, 0);
    expect(member.bars[0]?.read(0, 4)).toBe(0);
  });

  it('leaving D3hot resets a function that does not keep its state', () => {
    const member = new TestPci({ '00:01.0': device([softReset]) }).at('0000:00:01.0');
    const control = (member.capability(1) ?? 0) + 4;
    causes.length = 0;
    member.config.write(control, 2, 3);
    member.config.write(control, 2, 0);
    expect(causes).toEqual(['pm']);
    expect(member.config.read(0x10, 4)).toBe(0);
  });

  it('a function that nobody uses and that may sleep does, and wakes as it was', () => {
    const member = new TestPci({ '00:01.0': device([softReset]) }).at('0000:00:01.0');
    const before = member.config.snapshot();
    member.power.allow();
    expect(member.powerState).toBe('D3hot');
    member.power.get();
    expect(member.powerState).toBe('D0');
    expect(member.config.snapshot()).toEqual(before);
  });
});
