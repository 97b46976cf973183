// A device model that throws is a defect of the model: the machine goes on, the device does not answer.
import { describe, expect, test } from 'vitest';
import { Machine, type MachineOptions } from '../../src/machine.js';
import type { LogEntry } from '../../src/kernel/log.js';
import type { DeviceContext, DeviceModel, DeviceModelFactory } from '../../src/pci/device-model.js';

const ADDRESS = '0000:00:05.0';

function factory(create: (context: DeviceContext) => DeviceModel): DeviceModelFactory {
  return {
    summary: 'fails',
    options: {},
    describe: () => ({
      model: 'failing',
      identity: { vendor: 0x1234, device: 1, class: 0xff0000 },
      bars: [{ index: 0, kind: 'memory32', size: 4096, isMappable: true }],
      create,
    }),
  };
}

function machineWith(
  create: (context: DeviceContext) => DeviceModel,
  options: MachineOptions = { containsModelDefects: true },
) {
  const log: LogEntry[] = [];
  const machine = new Machine(
    { devices: [{ model: factory(create), addr: ADDRESS }] },
    { ...options, log: (entry) => log.push(entry) },
  );
  const member = machine.pci.functionAt(ADDRESS);
  const bar = member?.bars[0];
  if (member === undefined || bar === undefined) throw new Error('there is no such device');
  member.enable();
  const defects = () => log.filter(({ level }) => level === 'defect').map(({ text }) => text);
  return { machine, member, bar, defects };
}

const quiet: DeviceModel = { read: () => 0, write: () => undefined, reset: () => undefined };

function fail(): never {
  throw new RangeError('out of order');
}

describe('a model that throws', () => {
  test.each([
    [1, 0xff],
    [2, 0xffff],
    [4, 0xffff_ffff],
  ] as const)('in a read of %i bytes reads as all ones', (size, ones) => {
    const { bar, defects } = machineWith(() => ({ ...quiet, read: fail }));
    expect(bar.read(8, size)).toBe(ones);
    expect(defects()[0]).toMatch(
      new RegExp(
        `^the device model fails at a read of ${size} bytes? at BAR 0 offset 0x8: RangeError: out of order\n +at .*fail.*model-guard.test.ts:`,
      ),
    );
  });

  test('in a write loses the write, and answers the next access', () => {
    const { bar, defects } = machineWith(() => ({ ...quiet, write: fail, read: () => 7 }));
    bar.write(0, 4, 1);
    expect(bar.read(0, 4)).toBe(7);
    expect(defects()[0]).toContain('write of 0x1 to 4 bytes at BAR 0 offset 0x0');
  });

  test('in a timer, a reset, or a look at mapped memory ends nothing', () => {
    const { machine, member, bar, defects } = machineWith((context) => {
      context.timers.set(1, fail);
      context.watchBar(0, () => fail());
      return { ...quiet, reset: (cause) => (cause === 'bus' ? fail() : undefined) };
    });
    machine.kernel.timers.fireNext(2);
    member.hardwareReset('bus');
    bar.setMapped(true);
    machine.kernel.pollers.poll();
    expect(defects().map((text) => text.replace(/:.*/s, ''))).toEqual([
      'the device model fails at a timer',
      'the device model fails at a reset (bus)',
      'the device model fails at a look at BAR 0',
    ]);
  });

  test('is logged once for each place, and counted each time', () => {
    const { member, bar, defects } = machineWith(() => ({ ...quiet, read: fail }));
    for (let i = 0; i < 50; i++) bar.read(0, 4);
    expect(defects()).toHaveLength(1);
    expect(member.diagnostics).toMatchObject({ defectCount: 50, defects: [{}] });
  });

  test('is logged without the frames of the machine', () => {
    const { bar, defects } = machineWith(() => ({ ...quiet, read: fail }));
    bar.read(0, 4);
    expect(defects()[0]).not.toMatch(/bar\.ts|vitest/);
  });

  test('in a process of its own program, throws where the access was made', () => {
    const { bar, defects } = machineWith(() => ({ ...quiet, read: fail }), {});
    expect(() => bar.read(0, 4)).toThrow('out of order');
    expect(defects()).toHaveLength(1);
  });
});

describe('a model in JavaScript', () => {
  test.each([
    [undefined, 'undefined'],
    [5n, 'a bigint'],
    [Promise.resolve(5), 'a Promise'],
  ])('that reads %s fails', (value, name) => {
    const { bar, defects } = machineWith(() => ({ ...quiet, read: () => value as never }));
    expect(bar.read(0, 4)).toBe(0xffff_ffff);
    expect(defects()[0]).toContain(`it answered with ${name} instead of a number`);
  });

  test('that lacks a function is refused, with the device', () => {
    expect(() => machineWith(() => ({ ...quiet, write: undefined }) as never)).toThrow(
      "devices[0]: 0000:00:05.0: its model can't be made: TypeError: create() has to return an object with read, write and reset: write is undefined",
    );
  });
});

test('a model that throws while it is made is refused, with the place and the cause', () => {
  expect(() => machineWith(fail)).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(
        /^devices\[0\]: 0000:00:05.0: its model can't be made: RangeError: out of order: look at .*fail.* \(.*model-guard.test.ts:\d+:\d+\)$/,
      ),
      cause: expect.any(RangeError),
    }),
  );
});

test('a model that throws in its description is refused, with the place and the cause', () => {
  const model = { ...factory(() => quiet), name: 'mine', describe: fail };
  expect(() => new Machine({ devices: [{ model }] })).toThrow(
    /^devices\[0\].model: the model 'mine' can't describe itself: RangeError: out of order: look at/,
  );
});
