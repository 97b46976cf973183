import { describe, expect, test } from 'vitest';
import * as vfio from '../../src/uapi/vfio.js';
import { BAD_POINTER, CONFIG, INTX, type OpenDevice } from './open-device.js';
import { controller } from './test-functions.js';
import { TestMachine, port } from './test-machine.js';

const NAME = '0000:01:00.0';
const GET = vfio.VFIO_DEVICE_FEATURE_GET;
const SET = vfio.VFIO_DEVICE_FEATURE_SET;
const PROBE = vfio.VFIO_DEVICE_FEATURE_PROBE;
const ENTRY = vfio.VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY;
const ENTRY_WITH_WAKEUP = vfio.VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP;
const EXIT = vfio.VFIO_DEVICE_FEATURE_LOW_POWER_EXIT;

function open() {
  const machine = new TestMachine({ '0000:00:01.0': port, [NAME]: controller });
  const device = machine.open(NAME);
  return { machine, device, eventFd: machine.eventFd(), power: machine.functionAt(NAME).power };
}

function feature(device: OpenDevice, flags: number, options: { argsz?: number; fd?: number } = {}) {
  const view = new DataView(new ArrayBuffer(16));
  const { fd = -1, argsz = 16 } = options;
  vfio.DeviceFeature.encode(view, { argsz, flags });
  vfio.LowPowerEntryWithWakeup.encode(view, { wakeupEventfd: fd, reserved: 1 }, 8);
  return device.ioctl(vfio.VFIO_DEVICE_FEATURE, view);
}

describe('VFIO_DEVICE_FEATURE', () => {
  test('a bad pointer is EFAULT; argsz below 8 and unknown flags are EINVAL', () => {
    const { device } = open();
    expect(device.ioctl(vfio.VFIO_DEVICE_FEATURE, BAD_POINTER)).toBe('EFAULT');
    expect(feature(device, PROBE | ENTRY, { argsz: 7 })).toBe('EINVAL');
    expect(feature(device, (PROBE | (1 << 31)) >>> 0)).toBe('EINVAL');
  });

  test('getting and setting at once is EINVAL, whatever the feature', () => {
    expect(feature(open().device, GET | SET)).toBe('EINVAL');
  });

  test.each([0, 1, 2, 6, 7, 0xffff])('feature %i is ENOTTY', (number) => {
    const { device } = open();
    for (const flags of [PROBE, GET, SET, GET | SET | PROBE]) {
      expect(feature(device, flags | number)).toBe('ENOTTY');
    }
  });

  test.each([ENTRY, ENTRY_WITH_WAKEUP, EXIT])('feature %i can be set, not got', (number) => {
    const { device } = open();
    expect(feature(device, PROBE | number, { argsz: 8 })).toBe(0);
    expect(feature(device, PROBE | SET | number, { argsz: 8 })).toBe(0);
    expect(feature(device, PROBE | GET | number)).toBe('EINVAL');
    expect(feature(device, GET | number)).toBe('EINVAL');
    expect(feature(device, number)).toBe('EINVAL');
  });
});

describe('low power', () => {
  test('once entered, the device sleeps between requests', () => {
    const { device, power } = open();
    expect(feature(device, SET | ENTRY)).toBe(0);
    expect(power.isSuspended).toBe(true);
    expect(device.number(CONFIG, 0, 2)).toBe(0x1b36);
    expect(power.isSuspended).toBe(true);
  });

  test('can not be entered twice, and left any time', () => {
    const { device, power } = open();
    expect(feature(device, SET | EXIT)).toBe(0);
    feature(device, SET | ENTRY);
    expect(feature(device, SET | ENTRY)).toBe('EINVAL');
    expect(feature(device, SET | EXIT)).toBe(0);
    expect(power.isSuspended).toBe(false);
    expect(feature(device, SET | EXIT)).toBe(0);
  });

  test('with a wakeup eventfd ends with the next request, which signals it once', () => {
    const { machine, device, eventFd, power } = open();
    expect(feature(device, SET | ENTRY_WITH_WAKEUP, { fd: eventFd.fd })).toBe(0);
    expect(eventFd.take()).toBe(0);
    expect(device.number(CONFIG, 0, 2)).toBe(0x1b36);
    expect(eventFd.take()).toBe(1);
    expect(power.isSuspended).toBe(false);
    expect(machine.files.holds).toBe(0);
    expect(feature(device, SET | ENTRY)).toBe(0);
  });

  test('the wakeup eventfd must be one', () => {
    const { machine, device } = open();
    const enter = SET | ENTRY_WITH_WAKEUP;
    expect(feature(device, enter, { fd: -1 })).toBe('EINVAL');
    expect(feature(device, enter, { fd: machine.otherFile() })).toBe('EINVAL');
    expect(feature(device, enter, { fd: 999 })).toBe('EBADF');
    expect(feature(device, enter, { fd: machine.eventFd().fd, argsz: 12 })).toBe('EINVAL');
    expect(machine.files.holds).toBe(0);
  });

  test('refused, it lets go of the eventfd', () => {
    const { machine, device, eventFd } = open();
    feature(device, SET | ENTRY);
    expect(feature(device, SET | ENTRY_WITH_WAKEUP, { fd: eventFd.fd })).toBe('EINVAL');
    expect(machine.files.holds).toBe(0);
  });

  test('INTx is as it was after waking up', () => {
    const { machine, device, eventFd } = open();
    device.enable(INTX, eventFd);
    feature(device, SET | ENTRY);
    feature(device, SET | EXIT);
    machine.functionAt(NAME).interrupts.setIntx(true);
    expect(eventFd.take()).toBe(1);
  });

  test('closing leaves it', () => {
    const { machine, device, eventFd, power } = open();
    feature(device, SET | ENTRY_WITH_WAKEUP, { fd: eventFd.fd });
    device.close();
    expect(machine.files.holds).toBe(0);
    machine.open(NAME);
    expect(power.isSuspended).toBe(false);
  });
});
