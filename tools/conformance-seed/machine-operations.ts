// Operations on the machine alone: groups, mocks, modules, faults, time.
import { IommuGroup } from '../../src/iommu/iommu-group.js';
import { Device } from '../../src/kernel/device.js';
import { DeviceOpsMock } from './device-ops-mock.js';
import { IommuDriverMock } from './iommu-driver-mock.js';
import { iommuGroupOf } from '../../src/iommu/iommu-group.js';
import type { Operations } from './operation.js';

export const machineOperations: Operations = {
  iommu_group: ({ machine }, args) => {
    const group = new IommuGroup(args.integer('id'), machine.kernel.faults);
    machine.addIommuGroup(args.text('group'), group);
    return undefined;
  },

  device: ({ machine }, args) => {
    machine.addDevice(args.text('dev'), new Device(args.text('name')));
    return undefined;
  },

  group_add: ({ machine }, args) => {
    const device = machine.devices.get(args.text('dev'));
    machine.iommuGroups.get(args.text('group')).addDevice(device);
    return undefined;
  },

  group_del: ({ machine }, args) => {
    const device = machine.devices.get(args.text('dev'));
    iommuGroupOf(device)?.removeDevice(device);
    return undefined;
  },

  notify: ({ machine }, args) => {
    const device = machine.devices.get(args.text('dev'));
    iommuGroupOf(device)?.notify({ action: `action-${args.integer('action')}`, device });
    return undefined;
  },

  iommu_driver: ({ machine }, args) => {
    const name = args.text('driver');
    const defined = machine.iommuDrivers.find(name);
    if (defined !== undefined) {
      defined.redefine(args);
      return undefined;
    }
    const owner = args.value('owner') === false ? undefined : machine.kernel.module(name);
    const mock = new IommuDriverMock(
      args,
      owner,
      (call) => machine.record(call),
      (group) => machine.nameOfIommuGroup(group),
    );
    machine.iommuDrivers.set(name, mock);
    return undefined;
  },

  module: ({ machine }, args) => {
    machine.iommuDrivers.get(args.text('driver')).owner?.setGoing(args.flag('going'));
    return undefined;
  },

  device_ops: ({ machine }, args) => {
    const name = args.text('ops');
    const defined = machine.deviceOps.find(name);
    if (defined !== undefined) {
      defined.redefine(args);
      return undefined;
    }
    // It may have been closed by then, or not have been opened yet.
    const close = (file: string): void => {
      const descriptor = machine.files.find(file);
      if (descriptor?.isClosed === false) machine.close(descriptor);
    };
    machine.deviceOps.set(name, new DeviceOpsMock(args, (call) => machine.record(call), close));
    return undefined;
  },

  fault: ({ machine }, args) => {
    machine.kernel.faults.arm(args.text('site'), {
      nth: args.integer('nth', 1),
      ...(args.has('errno') ? { errno: args.integer('errno') } : {}),
    });
    return undefined;
  },

  fault_clear: ({ machine }) => {
    machine.kernel.faults.clear();
    return undefined;
  },

  signal: ({ machine, tasks }, args) => {
    const task = tasks.task(args.text('task'));
    if (task !== undefined) machine.kernel.scheduler.signal(task);
    return undefined;
  },

  resume: ({ tasks }, args) => {
    tasks.resume(args.text('task'));
    return undefined;
  },
};
