import { describe, expect, test } from 'vitest';
import { IrqInfo, VFIO_DEVICE_GET_IRQ_INFO } from '../../src/uapi/vfio.js';
import { BAD_POINTER, ERR, INTX, MSI, MSIX, type OpenDevice, REQ } from './open-device.js';
import { controller, doubleController, edu, withHiddenCapability } from './test-functions.js';
import { TestMachine, port } from './test-machine.js';

const EVENTFD = 1;
const MASKABLE = 2;
const AUTOMASKED = 4;
const NORESIZE = 8;

function getInfo(device: OpenDevice, index: number, argsz = 16) {
  const view = IrqInfo.create({ argsz, index });
  const result = device.ioctl(VFIO_DEVICE_GET_IRQ_INFO, view);
  return { result, ...IrqInfo.decode(view) };
}

function openOnPort(description: typeof edu): OpenDevice {
  const functions = { '0000:00:01.0': port, '0000:01:00.0': description };
  return new TestMachine(functions).open('0000:01:00.0');
}

describe('VFIO_DEVICE_GET_IRQ_INFO', () => {
  test('INTx can be masked and masks itself; without a pin there is none', () => {
    const flags = EVENTFD | MASKABLE | AUTOMASKED;
    expect(getInfo(openOnPort(edu), INTX)).toMatchObject({ flags, count: 1 });
    expect(getInfo(openOnPort(withHiddenCapability), INTX)).toMatchObject({ flags, count: 0 });
  });

  test('MSI and MSI-X have as many vectors as their capabilities say', () => {
    const device = openOnPort(doubleController);
    for (const index of [MSI, MSIX]) {
      expect(getInfo(device, index)).toMatchObject({ flags: EVENTFD | NORESIZE, count: 16 });
    }
    expect(getInfo(openOnPort(controller), MSI).count).toBe(0);
    expect(getInfo(openOnPort(controller), MSIX).count).toBe(65);
  });

  test('errors are reported by PCI Express devices; for others ERR is EINVAL', () => {
    expect(getInfo(openOnPort(controller), ERR)).toMatchObject({ result: 0, count: 1 });
    expect(getInfo(openOnPort(edu), ERR).result).toBe('EINVAL');
  });

  test('every device can be requested back', () => {
    expect(getInfo(openOnPort(edu), REQ)).toMatchObject({ flags: EVENTFD | NORESIZE, count: 1 });
  });

  test('an index from 5 on, and argsz below 16, are EINVAL', () => {
    const device = openOnPort(edu);
    for (const index of [5, 0xffff_ffff]) expect(getInfo(device, index).result).toBe('EINVAL');
    expect(getInfo(device, INTX, 15).result).toBe('EINVAL');
  });

  test('a bad pointer is EFAULT', () => {
    expect(openOnPort(edu).ioctl(VFIO_DEVICE_GET_IRQ_INFO, BAD_POINTER)).toBe('EFAULT');
  });
});
