// References to devices, where no trace goes: devices that are not the core's, one put too many.
import { expect, test } from 'vitest';
import { IommuGroup } from '../../src/iommu/iommu-group.js';
import { Device } from '../../src/kernel/device.js';
import { CoreMachine } from './core-machine.js';

test('a device that no bus driver has added is not known', () => {
  const { vfio, task } = new CoreMachine();
  const stranger = new Device('stranger');
  expect(vfio.deviceOf(stranger)).toBeUndefined();
  expect(() => vfio.deleteGroupDevice(stranger, task)).toThrow('ENODEV');
});

test('a reference can not be given back twice', () => {
  const { vfio, device, task } = new CoreMachine();
  vfio.addGroupDevice(device, { name: 'ops' }, 'data');
  const reference = vfio.deviceOf(device);
  void vfio.deleteGroupDevice(device, task);
  reference?.put();
  expect(() => reference?.put()).toThrow('put without get');
});

test('a device added anew in another group stays known when its old self goes', () => {
  const { vfio, device, iommuGroup, kernel, task } = new CoreMachine();
  vfio.addGroupDevice(device, { name: 'ops' }, 'old');
  const old = vfio.deviceOf(device);
  void vfio.deleteGroupDevice(device, task);
  iommuGroup.removeDevice(device);
  new IommuGroup(27, kernel.faults).addDevice(device);
  vfio.addGroupDevice(device, { name: 'ops' }, 'new');
  old?.put();
  expect(vfio.deviceOf(device)?.data).toBe('new');
});

test('a device that has been removed is not known any more', () => {
  const { vfio, device, task } = new CoreMachine();
  vfio.addGroupDevice(device, { name: 'ops' }, 'data');
  void vfio.deleteGroupDevice(device, task);
  expect(vfio.deviceOf(device)).toBeUndefined();
});
