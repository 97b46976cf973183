import { describe, expect, test } from 'vitest';
import { DeviceIoEventFd, VFIO_DEVICE_IOEVENTFD, regionOffset } from '../../src/uapi/vfio.js';
import { CONFIG, type OpenDevice, ROM } from './open-device.js';
import { card, controller } from './test-functions.js';
import { TestMachine, port } from './test-machine.js';

const NAME = '0000:00:04.0';

interface Request {
  argsz?: number;
  flags?: number;
  region?: number;
  offset?: number;
  data?: bigint;
  fd: number;
}

function ioEventFd(device: OpenDevice, request: Request) {
  const { argsz = 32, flags = 4, region = 0, offset = 8, data = 5n, fd } = request;
  const view = DeviceIoEventFd.create({
    argsz,
    flags,
    offset: BigInt(regionOffset(region) + offset),
    data,
    fd,
  });
  return device.ioctl(VFIO_DEVICE_IOEVENTFD, view);
}

function open() {
  const machine = new TestMachine({ [NAME]: card });
  return { machine, device: machine.open(NAME), eventFd: machine.eventFd() };
}

describe('VFIO_DEVICE_IOEVENTFD', () => {
  test.each([
    [1, 0x1122_3344_5566_7788n, 0x88n],
    [2, 0x1122_3344_5566_7788n, 0x7788n],
    [4, 0x1122_3344_5566_7788n, 0x5566_7788n],
    [8, 0x1122_3344_5566_7788n, 0x1122_3344_5566_7788n],
  ])('with %i bytes: a signal writes the value', (flags, data, expected) => {
    const { device, eventFd } = open();
    expect(ioEventFd(device, { flags, data, fd: eventFd.fd })).toBe(0);
    eventFd.signal();
    const low = device.number(0, 8, 4);
    expect(BigInt(low) | (BigInt(device.number(0, 12, 4)) << 32n)).toBe(expected);
    expect(eventFd.take()).toBe(0);
  });

  test('argsz below 28, not exactly one size, a descriptor below -1 are EINVAL', () => {
    const { device, eventFd } = open();
    const { fd } = eventFd;
    expect(ioEventFd(device, { fd, argsz: 27 })).toBe('EINVAL');
    for (const flags of [0, 6, 0x14]) expect(ioEventFd(device, { fd, flags })).toBe('EINVAL');
    expect(ioEventFd(device, { fd: -2 })).toBe('EINVAL');
  });

  test('only BARs can be written, up to their end; alignment does not matter', () => {
    const { device, eventFd } = open();
    const { fd } = eventFd;
    for (const region of [2, ROM, CONFIG, 9]) {
      expect(ioEventFd(device, { fd, region })).toBe('EINVAL');
    }
    expect(ioEventFd(device, { fd, offset: 0x1fffe })).toBe('EINVAL');
    expect(ioEventFd(device, { fd, offset: 6 })).toBe(0);
  });

  test('the MSI-X table can not', () => {
    const machine = new TestMachine({ '0000:00:01.0': port, '0000:01:00.0': controller });
    const device = machine.open('0000:01:00.0');
    const { fd } = machine.eventFd();
    expect(ioEventFd(device, { fd, offset: 0x1ffe })).toBe('EINVAL');
    expect(ioEventFd(device, { fd, offset: 0x2000 + 65 * 16 })).toBe(0);
  });

  test('the same place, size and value is EEXIST, whatever the eventfd', () => {
    const { machine, device, eventFd } = open();
    const other = machine.eventFd();
    ioEventFd(device, { fd: eventFd.fd });
    expect(ioEventFd(device, { fd: other.fd })).toBe('EEXIST');
    expect(ioEventFd(device, { fd: other.fd, data: 6n })).toBe(0);
    expect(ioEventFd(device, { fd: other.fd, flags: 2 })).toBe(0);
  });

  test('is removed with descriptor -1; what is not there is ENODEV', () => {
    const { machine, device, eventFd } = open();
    ioEventFd(device, { fd: eventFd.fd });
    expect(ioEventFd(device, { fd: -1, data: 6n })).toBe('ENODEV');
    expect(ioEventFd(device, { fd: -1 })).toBe(0);
    expect(ioEventFd(device, { fd: -1 })).toBe('ENODEV');
    eventFd.signal();
    expect(device.number(0, 8, 4)).toBe(0);
    expect(machine.files.holds).toBe(0);
  });

  test('a closed descriptor is EBADF, another file EINVAL', () => {
    const { machine, device } = open();
    expect(ioEventFd(device, { fd: 999 })).toBe('EBADF');
    expect(ioEventFd(device, { fd: machine.otherFile() })).toBe('EINVAL');
    expect(ioEventFd(device, { fd: -1 })).toBe('ENODEV');
  });

  test('nothing is written while memory decoding is off', () => {
    const { device, eventFd } = open();
    ioEventFd(device, { fd: eventFd.fd });
    device.command = 0;
    eventFd.signal();
    device.command = 3;
    expect(device.number(0, 8, 4)).toBe(0);
  });

  test('there is room for 1000', () => {
    const { machine, device, eventFd } = open();
    for (let i = 0; i < 1000; i++) ioEventFd(device, { fd: eventFd.fd, data: BigInt(i) });
    expect(ioEventFd(device, { fd: eventFd.fd, data: 1000n })).toBe('ENOSPC');
    device.close();
    expect(machine.files.holds).toBe(0);
  });
});
