// What becomes of the costs when there are many groups: they must not grow with them.
import { Device } from '../../src/kernel/device.js';
import { IommuGroup } from '../../src/iommu/iommu-group.js';
import {
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_SET_IOMMU,
  VFIO_TYPE1_IOMMU,
} from '../../src/uapi/vfio.js';
import { measure, type Row } from '../measure.js';
import { BenchMachine, deviceName, deviceOps } from './bench-machine.js';

const COUNTS = [10, 100, 1_000, 10_000];

export function scalingRows(): Row[] {
  // The engine specialises on the functions of the first machine it sees, which no later one gets.
  rowsAmong(1);
  return COUNTS.flatMap(rowsAmong);
}

function rowsAmong(count: number): Row[] {
  const machine = new BenchMachine();
  const groups = Array.from({ length: count }, (_, id) => machine.addGroup(id));
  return [
    openRow(machine, count),
    addRemoveRow(machine, count),
    boundRow(groups, count),
    lookupRow(count),
  ];
}

function openRow(machine: BenchMachine, count: number): Row {
  const node = machine.node(`/dev/vfio/${count >> 1}`);
  return measure(`group open+close, among ${count}`, (times) => {
    for (let i = 0; i < times; i++) machine.open(node).put();
  });
}

function addRemoveRow(machine: BenchMachine, count: number): Row {
  const group = new IommuGroup(count, machine.kernel.faults);
  const device = new Device(deviceName(count, 0));
  group.addDevice(device);
  return measure(`add + remove a group device, among ${count}`, (times) => {
    for (let i = 0; i < times; i++) {
      machine.vfio.addGroupDevice(device, deviceOps, 0);
      void machine.vfio.deleteGroupDevice(device, machine.task);
    }
  });
}

function boundRow(groups: readonly IommuGroup[], count: number): Row {
  const group = groups[count >> 1];
  const [device] = group?.devices ?? [];
  if (group === undefined || device === undefined) throw new Error('no device');
  return measure(`BOUND_DRIVER notification, among ${count}`, (times) => {
    for (let i = 0; i < times; i++) group.notify({ action: 'bound-driver', device });
  });
}

/** GET_DEVICE_FD and close in a group that has as many devices. */
function lookupRow(count: number): Row {
  const machine = new BenchMachine();
  machine.addGroup(0, 1);
  const large = machine.addGroup(1, count);
  const container = machine.openDescriptor('/dev/vfio/vfio');
  const group = machine.openDescriptor('/dev/vfio/1');
  machine.ioctl(group.file, VFIO_GROUP_SET_CONTAINER, machine.words(container.fd));
  machine.ioctl(container.file, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU);
  const devices = machine.vfio.groups?.find(large)?.devices;
  const name = deviceName(1, count >> 1);
  let found = 0;
  const row = measure(`lookup of a device by name, among ${count} of its group`, (times) => {
    for (let i = 0; i < times; i++) if (devices?.named(name) !== undefined) found += 1;
  });
  if (found === 0) throw new Error(`${name} not found`);
  machine.ioctl(group.file, VFIO_GROUP_GET_DEVICE_FD, machine.text(name));
  return row;
}
