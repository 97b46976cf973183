import { describe, expect, test } from 'vitest';
import type { FunctionDescription } from '../../src/pci/device-model.js';
import {
  BOOL,
  EVENTFD,
  INTX,
  MASK,
  NONE,
  type OpenDevice,
  TRIGGER,
  UNMASK,
} from './open-device.js';
import { card, edu } from './test-functions.js';
import { TestMachine } from './test-machine.js';

const NAME = '0000:00:03.0';
const INTX_DISABLE = 0x400;

/** edu with INTx enabled for one eventfd. */
function enabled() {
  const machine = new TestMachine({ [NAME]: edu });
  const device = machine.open(NAME);
  const eventFd = machine.eventFd();
  device.enable(INTX, eventFd);
  return { machine, device, eventFd };
}

const raise = (device: OpenDevice) => device.writeNumber(0, 0x60, 4, 1);
const acknowledge = (device: OpenDevice) => device.writeNumber(0, 0x64, 4, 1);
const act = (device: OpenDevice, action: number) =>
  device.setIrqs({ index: INTX, flags: NONE | action, count: 1 });

describe('SET_IRQS on INTx', () => {
  test('nothing but enabling can be done before it is enabled', () => {
    const device = new TestMachine({ [NAME]: edu }).open(NAME);
    expect(device.disable(INTX)).toBe('EINVAL');
    expect(device.loopBack(INTX)).toBe('EINVAL');
    expect(act(device, MASK)).toBe('EINVAL');
    expect(act(device, UNMASK)).toBe('EINVAL');
  });

  test('descriptor -1 enables it, silently', () => {
    const device = new TestMachine({ [NAME]: edu }).open(NAME);
    expect(device.enable(INTX, -1)).toBe(0);
    expect(device.loopBack(INTX)).toBe(0);
  });

  test('a bad descriptor does not enable it', () => {
    const machine = new TestMachine({ [NAME]: edu });
    const device = machine.open(NAME);
    expect(device.enable(INTX, 999)).toBe('EBADF');
    expect(device.enable(INTX, machine.otherFile())).toBe('EINVAL');
    expect(device.disable(INTX)).toBe('EINVAL');
  });

  test('it fires once, masks itself, and fires again on unmask while still raised', () => {
    const { device, eventFd } = enabled();
    raise(device);
    raise(device);
    expect(eventFd.take()).toBe(1);
    act(device, UNMASK);
    expect(eventFd.take()).toBe(1);
    acknowledge(device);
    act(device, UNMASK);
    expect(eventFd.take()).toBe(0);
  });

  test('an interrupt that comes while masked fires on unmask', () => {
    const { device, eventFd } = enabled();
    act(device, MASK);
    raise(device);
    expect(eventFd.take()).toBe(0);
    act(device, UNMASK);
    expect(eventFd.take()).toBe(1);
  });

  test('the mask never shows in the command register, the pending interrupt does in the status', () => {
    const { device } = enabled();
    raise(device);
    expect(device.command & INTX_DISABLE).toBe(0);
    expect(device.number(7, 6, 2) & 0x8).toBe(0x8);
  });

  test('an eventfd can unmask; there is room for one', () => {
    const { machine, device, eventFd } = enabled();
    const unmask = machine.eventFd();
    const request = { index: INTX, flags: EVENTFD | UNMASK, fds: [unmask] };
    expect(device.setIrqs(request)).toBe(0);
    expect(device.setIrqs(request)).toBe('EBUSY');
    expect(machine.files.holds).toBe(2);
    raise(device);
    expect(eventFd.take()).toBe(1);
    unmask.signal();
    expect(eventFd.take()).toBe(1);
    expect(unmask.take()).toBe(0);
    expect(device.setIrqs({ ...request, fds: [-1] })).toBe(0);
    unmask.signal();
    expect(eventFd.take()).toBe(0);
  });

  test('masking by eventfd is ENOTTY', () => {
    const { device, eventFd } = enabled();
    expect(device.setIrqs({ index: INTX, flags: EVENTFD | MASK, fds: [eventFd] })).toBe('ENOTTY');
  });

  test('a boolean of 0 does nothing', () => {
    const { device, eventFd } = enabled();
    expect(device.setIrqs({ index: INTX, flags: BOOL | TRIGGER, bools: [0] })).toBe(0);
    expect(eventFd.take()).toBe(0);
    expect(device.setIrqs({ index: INTX, flags: BOOL | TRIGGER, bools: [2] })).toBe(0);
    expect(eventFd.take()).toBe(1);
  });

  test('looping back signals even while masked', () => {
    const { device, eventFd } = enabled();
    act(device, MASK);
    device.loopBack(INTX);
    expect(eventFd.take()).toBe(1);
  });

  test('a bad descriptor leaves the old eventfd, -1 takes it away', () => {
    const { device, eventFd } = enabled();
    expect(device.enable(INTX, 999)).toBe('EBADF');
    device.loopBack(INTX);
    expect(eventFd.take()).toBe(1);
    expect(device.enable(INTX, -1)).toBe(0);
    expect(device.loopBack(INTX)).toBe(0);
    expect(eventFd.take()).toBe(0);
  });

  test('the eventfd may be closed by its owner', () => {
    const { machine, device, eventFd } = enabled();
    machine.files.close(eventFd.fd);
    expect(device.loopBack(INTX)).toBe(0);
    expect(machine.files.holds).toBe(1);
    expect(device.disable(INTX)).toBe(0);
    expect(machine.files.holds).toBe(0);
  });

  describe('INTx disable in the command register', () => {
    test('keeps interrupts and loop back away until it is cleared', () => {
      const { device, eventFd } = enabled();
      device.command = INTX_DISABLE | 3;
      raise(device);
      device.loopBack(INTX);
      expect(eventFd.take()).toBe(0);
      device.command = 3;
      expect(eventFd.take()).toBe(1);
    });

    test('is not lifted by unmasking', () => {
      const { machine, device, eventFd } = enabled();
      device.command = INTX_DISABLE | 3;
      act(device, UNMASK);
      expect(machine.functionAt(NAME).config.read(4, 2) & INTX_DISABLE).toBe(INTX_DISABLE);
      raise(device);
      act(device, UNMASK);
      expect(eventFd.take()).toBe(0);
    });

    test('set before enabling, holds', () => {
      const machine = new TestMachine({ [NAME]: edu });
      const device = machine.open(NAME);
      const eventFd = machine.eventFd();
      device.command = INTX_DISABLE | 3;
      device.enable(INTX, eventFd);
      expect(machine.functionAt(NAME).config.read(4, 2) & INTX_DISABLE).toBe(INTX_DISABLE);
      raise(device);
      expect(eventFd.take()).toBe(0);
      device.command = 3;
      expect(eventFd.take()).toBe(1);
    });
  });

  test('a function without INTx disable (PCI 2.2) masks itself at the interrupt controller', () => {
    const machine = new TestMachine({ [NAME]: oldCard });
    const device = machine.open(NAME);
    const eventFd = machine.eventFd();
    device.enable(INTX, eventFd);
    device.writeNumber(0, 0, 4, 1);
    expect(eventFd.take()).toBe(1);
    act(device, UNMASK);
    expect(eventFd.take()).toBe(1);
    device.writeNumber(0, 0, 4, 0);
    act(device, UNMASK);
    expect(eventFd.take()).toBe(0);
    device.writeNumber(0, 0, 4, 1);
    expect(eventFd.take()).toBe(1);
  });
});

/** Raises its interrupt as long as its register is not 0; its command register has no bit 10. */
const oldCard: FunctionDescription = {
  ...card,
  create: ({ config, interrupts }) => {
    config.allow(4, 2, { writable: 0x0107 });
    return {
      read: () => 0,
      write: (_bar, _offset, _size, value) => interrupts.setIntx(value !== 0),
      reset: () => undefined,
    };
  },
};
