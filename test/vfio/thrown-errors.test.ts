// A KernelError thrown by a callback and the negative number returned are the same.
import { expect, test } from 'vitest';
import { kernelError } from '../../src/kernel/error.js';
import { Errno } from '../../src/uapi/errno.js';
import { VFIO_CHECK_EXTENSION } from '../../src/uapi/vfio.js';
import { CoreMachine, EXTENSION, standardDriver } from './core-machine.js';

const throwing = (): never => {
  throw kernelError('EIO');
};

test('a driver that throws when asked for an extension has answered with the error', () => {
  const machine = new CoreMachine();
  machine.vfio.registerIommuDriver(standardDriver({ ioctl: throwing }));
  const container = machine.open('/dev/vfio/vfio');
  expect(machine.ioctl(container, VFIO_CHECK_EXTENSION, EXTENSION)).toBe(-Errno.EIO);
});

test('SET_IOMMU fails with what attach throws, after releasing what was opened', () => {
  const machine = new CoreMachine();
  const released: unknown[] = [];
  const driver = standardDriver({
    attachGroup: throwing,
    release: (data) => {
      released.push(data);
    },
  });
  const { setIommu } = machine.prepareDevice({ name: 'ops' }, undefined, driver);
  expect(setIommu).toBe(-Errno.EIO);
  expect(released).toEqual(['data']);
});

test('GROUP_GET_DEVICE_FD fails with what open throws, and the device is free', () => {
  const machine = new CoreMachine();
  const { group } = machine.prepareDevice({ name: 'ops', open: throwing }, 'data');
  expect(machine.getDeviceFd(group)).toBe(-Errno.EIO);
  expect(machine.vfio.deleteGroupDevice(machine.device, machine.task)).toBe('data');
});
