import { describe, expect, test } from 'vitest';
import { VFIO_DEVICE_RESET } from '../../src/uapi/vfio.js';
import { CONFIG, MSIX } from './open-device.js';
import { controller, edu } from './test-functions.js';
import { TestMachine, port } from './test-machine.js';

function open() {
  const machine = new TestMachine({ '0000:00:01.0': port, '0000:01:00.0': controller });
  return { machine, device: machine.open('0000:01:00.0') };
}

describe('VFIO_DEVICE_RESET', () => {
  test('resets the device; the argument is ignored', () => {
    const { device } = open();
    device.writeNumber(0, 0, 4, 0x1234);
    expect(device.ioctl(VFIO_DEVICE_RESET, 1)).toBe(0);
    expect(device.number(0, 0, 4)).toBe(0);
  });

  test('is EINVAL where GET_INFO does not advertise it', () => {
    const device = new TestMachine({ '0000:00:03.0': edu }).open('0000:00:03.0');
    expect(device.ioctl(VFIO_DEVICE_RESET, 0)).toBe('EINVAL');
  });

  test('leaves the command register and virtual BARs as they are', () => {
    const { device } = open();
    device.command = 0x405;
    device.writeNumber(CONFIG, 0x10, 4, 0xc000_0000);
    device.ioctl(VFIO_DEVICE_RESET, 0);
    expect(device.command).toBe(0x405);
    expect(device.number(CONFIG, 0x10, 4)).toBe(0xc000_0004);
  });

  test('leaves interrupts enabled', () => {
    const { machine, device } = open();
    const eventFd = machine.eventFd();
    device.enable(MSIX, eventFd);
    device.ioctl(VFIO_DEVICE_RESET, 0);
    device.loopBack(MSIX);
    expect(eventFd.take()).toBe(1);
    expect(device.number(CONFIG, 0x42, 2)).toBe(0x8040);
  });

  test('begins from D0', () => {
    const { device } = open();
    device.writeNumber(CONFIG, 0x64, 2, 3);
    expect(device.ioctl(VFIO_DEVICE_RESET, 0)).toBe(0);
    expect(device.number(CONFIG, 0x64, 2) & 3).toBe(0);
  });
});
