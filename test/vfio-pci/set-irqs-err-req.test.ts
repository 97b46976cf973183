import { describe, expect, test } from 'vitest';
import type { FunctionDescription } from '../../src/pci/device-model.js';
import { BOOL, ERR, EVENTFD, REQ, TRIGGER } from './open-device.js';
import { controller } from './test-functions.js';
import { TestMachine, port } from './test-machine.js';

const NAME = '0000:01:00.0';

function open() {
  const machine = new TestMachine({ '0000:00:01.0': port, [NAME]: controller });
  return { machine, device: machine.open(NAME), eventFd: machine.eventFd() };
}

describe.each([
  ['ERR', ERR],
  ['REQ', REQ],
])('SET_IRQS on %s', (_name, index) => {
  test('without an eventfd there is nothing to test or remove, but a boolean is accepted', () => {
    const { device } = open();
    expect(device.loopBack(index)).toBe('EINVAL');
    expect(device.disable(index)).toBe('EINVAL');
    expect(device.setIrqs({ index, flags: BOOL | TRIGGER, bools: [1] })).toBe(0);
  });

  test('the eventfd is set, tested, replaced and removed', () => {
    const { machine, device, eventFd } = open();
    const other = machine.eventFd();
    expect(device.enable(index, eventFd)).toBe(0);
    expect(device.loopBack(index)).toBe(0);
    expect(eventFd.take()).toBe(1);
    expect(device.enable(index, other)).toBe(0);
    device.loopBack(index);
    expect([eventFd.take(), other.take()]).toEqual([0, 1]);
    expect(device.enable(index, -1)).toBe(0);
    expect(device.loopBack(index)).toBe('EINVAL');
    expect(machine.files.holds).toBe(0);
  });

  test('descriptors below -1 change nothing, bad ones neither', () => {
    const { device, eventFd } = open();
    device.enable(index, eventFd);
    expect(device.enable(index, -2)).toBe(0);
    expect(device.enable(index, 999)).toBe('EBADF');
    device.loopBack(index);
    expect(eventFd.take()).toBe(1);
  });

  test('count 0 removes with DATA_NONE and is EINVAL with other data', () => {
    const { device, eventFd } = open();
    device.enable(index, eventFd);
    expect(device.setIrqs({ index, flags: EVENTFD | TRIGGER, fds: [] })).toBe('EINVAL');
    expect(device.setIrqs({ index, flags: BOOL | TRIGGER, bools: [] })).toBe('EINVAL');
    expect(device.disable(index)).toBe(0);
    expect(device.loopBack(index)).toBe('EINVAL');
  });
});

test('an error that the device reports signals ERR', () => {
  const failing: FunctionDescription = {
    ...controller,
    create: ({ reportError }) => ({
      read: () => 0,
      write: reportError,
      reset: () => undefined,
    }),
  };
  const machine = new TestMachine({ '0000:00:01.0': port, [NAME]: failing });
  const device = machine.open(NAME);
  const eventFd = machine.eventFd();
  device.enable(ERR, eventFd);
  device.writeNumber(0, 0, 4, 1);
  expect(eventFd.take()).toBe(1);
});
