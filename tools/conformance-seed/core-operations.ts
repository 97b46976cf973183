// Operations that enter the core as the rest of the kernel does: the module itself, IOMMU drivers,
// bus drivers, device references, external users.
import { iommuGroupOf } from '../../src/iommu/iommu-group.js';
import type { Device } from '../../src/kernel/device.js';
import type { DeviceDriver } from '../../src/kernel/driver.js';
import { kernelError, resultOfError } from '../../src/kernel/error.js';
import { addDeviceToGroup } from '../../src/vfio/device-addition.js';
import type { TraceMachine } from './machine.js';
import type { Operations, Stage } from './operation.js';
import type { OperationArguments } from './operation-arguments.js';
import type { DeviceData } from './device-ops-mock.js';
import type { Json } from './trace.js';
import type { Task } from '../../src/kernel/task.js';

export const coreOperations: Operations = {
  init: ({ machine }) => {
    machine.vfio.init();
    return undefined;
  },

  exit: ({ machine, tasks }) => {
    if (machine.isModuleInUse || tasks.names.length > 0) throw kernelError('EAGAIN');
    machine.vfio.exit();
    return undefined;
  },

  register_iommu: ({ machine }, args) => {
    machine.vfio.registerIommuDriver(machine.iommuDrivers.get(args.text('driver')));
    return undefined;
  },

  unregister_iommu: ({ machine }, args) => {
    machine.vfio.unregisterIommuDriver(machine.iommuDrivers.get(args.text('driver')));
    return undefined;
  },

  bind: ({ machine }, args) => {
    const device = machine.devices.get(args.text('dev'));
    machine.bus.bind(device, driverOf(machine, args));
    return undefined;
  },

  unbind: (stage, args) => {
    const { bus, devices } = stage.machine;
    const task = taskOf(stage, args);
    const unbound = bus.unbind(devices.get(args.text('dev')), task);
    return unbound === undefined ? undefined : { ret: unbound.then(() => 0), task };
  },

  add_group_dev: (stage, args) => {
    const { machine } = stage;
    const device = machine.devices.get(args.text('dev'));
    if (args.flag('hold') && holdAddition(stage, device, args)) return { ret: 'parked' };
    addGroupDevice(machine, device, args);
    return undefined;
  },

  del_group_dev: (stage, args) => {
    const { vfio, devices } = stage.machine;
    const task = taskOf(stage, args);
    const data = vfio.deleteGroupDevice(devices.get(args.text('dev')), task);
    return { ret: data as Json | Promise<Json>, task };
  },

  device_get: ({ machine }, args) => {
    const device = machine.vfio.deviceOf(machine.devices.get(args.text('dev')));
    if (device === undefined) throw kernelError('ENODEV');
    machine.deviceReferences.set(args.text('as'), { thing: device, isHeld: true });
    return undefined;
  },

  device_put: ({ machine }, args) => {
    const reference = machine.deviceReferences.get(args.text('vdev'));
    reference.isHeld = false;
    reference.thing.put();
    return undefined;
  },

  device_data: ({ machine }, args) => ({
    ret: machine.deviceReferences.get(args.text('vdev')).thing.data as DeviceData,
  }),

  ext_get: ({ machine }, args) => {
    const { file, isClosed } = machine.files.get(args.text('file'));
    if (isClosed) throw kernelError('EBADF');
    const user = machine.vfio.externalUser(file);
    machine.externalUsers.set(args.text('as'), { thing: user, isHeld: true });
    return undefined;
  },

  ext_put: ({ machine }, args) => {
    const user = machine.externalUsers.get(args.text('ext'));
    user.isHeld = false;
    user.thing.put();
    return undefined;
  },

  ext_id: ({ machine }, args) => ({
    ret: machine.externalUsers.get(args.text('ext')).thing.iommuId,
  }),

  ext_check: ({ machine }, args) => ({
    ret: machine.externalUsers
      .get(args.text('ext'))
      .thing.checkExtension(machine.task, args.integer('arg')),
  }),
};

/** A bus driver: with `probe` it hands its devices to the core. */
function driverOf(machine: TraceMachine, args: OperationArguments): DeviceDriver {
  const name = args.text('driver');
  const probe = args.optional('probe');
  if (probe === undefined) return { name, probe: () => undefined, remove: () => undefined };
  return {
    name,
    probe: (device) => addGroupDevice(machine, device, probe),
    remove(device, task) {
      const removed = (data: unknown): void =>
        machine.record([name, 'remove', machine.nameOfDevice(device), data as DeviceData]);
      const data = machine.vfio.deleteGroupDevice(device, task);
      if (data instanceof Promise) return data.then(removed);
      removed(data);
    },
  };
}

function addGroupDevice(machine: TraceMachine, device: Device, args: OperationArguments): void {
  const { ops } = machine.deviceOps.get(args.text('ops'));
  machine.vfio.addGroupDevice(device, ops, args.optionalText('data') ?? null);
}

/**
 * Adds a device only up to where another processor can come in between: if a group has to be made,
 * to the end of the first half of that.
 * @returns whether the operation is held there
 */
function holdAddition(stage: Stage, device: Device, args: OperationArguments): boolean {
  const { kernel, vfio, deviceOps } = stage.machine;
  const iommuGroup = iommuGroupOf(device);
  const { groups } = vfio;
  if (iommuGroup === undefined || groups === undefined) return false;
  if (groups.find(iommuGroup) !== undefined) return false;
  const candidate = groups.prepare(iommuGroup);
  stage.tasks.hold(args.text('task'), () => {
    try {
      const { ops } = deviceOps.get(args.text('ops'));
      const data = args.optionalText('data') ?? null;
      addDeviceToGroup(kernel, groups.publish(candidate), device, ops, data);
      return 0;
    } catch (error) {
      return resultOfError(error);
    }
  });
  return true;
}

const FIRST_PID = 1000;

/** Task tN has pid 1000 + N. An operation that names none does not sleep. */
function taskOf({ machine }: Stage, args: OperationArguments): Task {
  const name = args.optionalText('task') ?? 't0';
  const task = machine.newTask(name, FIRST_PID + Number(name.slice(1)));
  if (args.flag('signal_pending')) task.setPendingSignal();
  return task;
}
