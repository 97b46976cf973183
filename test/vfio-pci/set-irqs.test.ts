import { describe, expect, test } from 'vitest';
import { VFIO_DEVICE_SET_IRQS } from '../../src/uapi/vfio.js';
import {
  BAD_POINTER,
  BOOL,
  ERR,
  EVENTFD,
  INTX,
  MASK,
  MSI,
  MSIX,
  NONE,
  REQ,
  TRIGGER,
  UNMASK,
} from './open-device.js';
import { doubleController, edu } from './test-functions.js';
import { TestMachine, port } from './test-machine.js';

function openEdu() {
  return new TestMachine({ '0000:00:03.0': edu }).open('0000:00:03.0');
}

describe('VFIO_DEVICE_SET_IRQS, whatever the interrupt', () => {
  test('a bad pointer is EFAULT', () => {
    expect(openEdu().ioctl(VFIO_DEVICE_SET_IRQS, BAD_POINTER)).toBe('EFAULT');
  });

  test('argsz below 20 is EINVAL', () => {
    const request = { index: INTX, flags: NONE | TRIGGER, count: 1, argsz: 19 };
    expect(openEdu().setIrqs(request)).toBe('EINVAL');
  });

  test('an unknown index or flag is EINVAL', () => {
    const device = openEdu();
    expect(device.setIrqs({ index: 5, flags: NONE | TRIGGER, count: 0 })).toBe('EINVAL');
    expect(device.setIrqs({ index: INTX, flags: NONE | TRIGGER | 0x40, count: 1 })).toBe('EINVAL');
  });

  test('a range that wraps or ends behind the last interrupt is EINVAL', () => {
    const device = openEdu();
    const request = { index: REQ, flags: NONE | TRIGGER };
    expect(device.setIrqs({ ...request, start: 2, count: 0xffff_fffe })).toBe('EINVAL');
    expect(device.setIrqs({ ...request, start: 1, count: 0 })).toBe('EINVAL');
    expect(device.setIrqs({ ...request, start: 0, count: 2 })).toBe('EINVAL');
  });

  test('an interrupt that the device lacks is EINVAL', () => {
    const device = openEdu();
    for (const index of [MSIX, ERR]) {
      expect(device.setIrqs({ index, flags: NONE | TRIGGER, count: 0 })).toBe('EINVAL');
    }
  });

  test('not exactly one kind of data is EINVAL', () => {
    const device = openEdu();
    expect(device.setIrqs({ index: REQ, flags: TRIGGER, count: 1 })).toBe('EINVAL');
    const both = { index: REQ, flags: NONE | EVENTFD | TRIGGER, fds: [-1] };
    expect(device.setIrqs(both)).toBe('EINVAL');
  });

  test('argsz too small for the data is EINVAL', () => {
    const device = openEdu();
    const eventFd = device.machine.eventFd();
    const request = { index: REQ, flags: EVENTFD | TRIGGER, fds: [eventFd] };
    expect(device.setIrqs({ ...request, argsz: 23 })).toBe('EINVAL');
    expect(device.setIrqs({ ...request, argsz: 24 })).toBe(0);
  });

  test('not exactly one action is ENOTTY, after the data has been looked at', () => {
    const device = openEdu();
    expect(device.setIrqs({ index: REQ, flags: NONE, count: 1 })).toBe('ENOTTY');
    expect(device.setIrqs({ index: REQ, flags: NONE | MASK | TRIGGER, count: 1 })).toBe('ENOTTY');
    expect(device.setIrqs({ index: REQ, flags: BOOL, count: 1, argsz: 20 })).toBe('EINVAL');
  });

  test('only INTx can be masked', () => {
    const device = openEdu();
    for (const action of [MASK, UNMASK]) {
      expect(device.setIrqs({ index: MSI, flags: NONE | action, count: 1 })).toBe('ENOTTY');
      expect(device.setIrqs({ index: REQ, flags: NONE | action, count: 1 })).toBe('ENOTTY');
    }
  });

  test.each([
    [INTX, MSI],
    [INTX, MSIX],
    [MSI, INTX],
    [MSI, MSIX],
    [MSIX, INTX],
    [MSIX, MSI],
  ])('while index %i is enabled, index %i can be neither enabled nor disabled', (first, second) => {
    const machine = new TestMachine({ '0000:00:01.0': port, '0000:01:00.0': doubleController });
    const device = machine.open('0000:01:00.0');
    const eventFd = machine.eventFd();
    expect(device.enable(first, eventFd)).toBe(0);
    expect(device.enable(second, eventFd)).toBe('EINVAL');
    expect(device.disable(second)).toBe('EINVAL');
    expect(device.disable(first)).toBe(0);
    expect(device.enable(second, eventFd)).toBe(0);
  });
});
