// The core in-process: each kind of call by itself, a whole life of a device's use, and what
// becomes of the costs when there are many groups.
import {
  VFIO_CHECK_EXTENSION,
  VFIO_DEVICE_GET_INFO,
  VFIO_GET_API_VERSION,
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_GET_STATUS,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_GROUP_UNSET_CONTAINER,
  VFIO_IOMMU_MAP_DMA,
  VFIO_SET_IOMMU,
  VFIO_TYPE1_IOMMU,
} from '../../src/uapi/vfio.js';
import { measure, type Row } from '../measure.js';
import { BenchMachine, deviceName } from './bench-machine.js';
import { scalingRows } from './scaling.js';

const GROUP = 7;
const LARGE_GROUP = 8;
const LARGE_GROUP_DEVICES = 64;
const UNSUPPORTED_EXTENSION = 99;

export function coreBenchmark(): Row[] {
  return [...containerRows(), ...groupRows(), ...deviceRows(), lifecycleRow(), ...scalingRows()];
}

function containerRows(): Row[] {
  const machine = new BenchMachine();
  const node = machine.node('/dev/vfio/vfio');
  const { file } = machine.openDescriptor('/dev/vfio/vfio');
  return [
    measure('container open+close', (times) => {
      for (let i = 0; i < times; i++) machine.open(node).put();
    }),
    measure('GET_API_VERSION', (times) => {
      for (let i = 0; i < times; i++) machine.ioctl(file, VFIO_GET_API_VERSION, 0);
    }),
    measure('CHECK_EXTENSION, 2 drivers, none set', (times) => {
      for (let i = 0; i < times; i++) {
        machine.ioctl(file, VFIO_CHECK_EXTENSION, UNSUPPORTED_EXTENSION);
      }
    }),
  ];
}

function groupRows(): Row[] {
  const machine = new BenchMachine();
  machine.addGroup(GROUP);
  machine.addGroup(LARGE_GROUP, LARGE_GROUP_DEVICES);
  const container = machine.openDescriptor('/dev/vfio/vfio');
  const group = machine.openDescriptor(`/dev/vfio/${GROUP}`);
  const large = machine.openDescriptor(`/dev/vfio/${LARGE_GROUP}`);
  const status = machine.words(8, 0);
  const containerFd = machine.words(container.fd);
  return [
    measure('GET_STATUS, 1 device', (times) => {
      for (let i = 0; i < times; i++) machine.ioctl(group.file, VFIO_GROUP_GET_STATUS, status);
    }),
    measure('GET_STATUS, 64 devices', (times) => {
      for (let i = 0; i < times; i++) machine.ioctl(large.file, VFIO_GROUP_GET_STATUS, status);
    }),
    measure('SET_CONTAINER + UNSET_CONTAINER', (times) => {
      for (let i = 0; i < times; i++) {
        machine.ioctl(group.file, VFIO_GROUP_SET_CONTAINER, containerFd);
        machine.ioctl(group.file, VFIO_GROUP_UNSET_CONTAINER, 0);
      }
    }),
  ];
}

function deviceRows(): Row[] {
  const machine = new BenchMachine();
  machine.addGroup(GROUP);
  const container = machine.openDescriptor('/dev/vfio/vfio');
  const group = machine.openDescriptor(`/dev/vfio/${GROUP}`);
  machine.ioctl(group.file, VFIO_GROUP_SET_CONTAINER, machine.words(container.fd));
  machine.ioctl(container.file, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU);
  const name = machine.text(deviceName(GROUP, 0));
  const fd = machine.ioctl(group.file, VFIO_GROUP_GET_DEVICE_FD, name);
  const device = machine.descriptors.get(fd);
  if (device === undefined) throw new Error('no device file');
  return [
    measure('passed-through ioctl', (times) => {
      for (let i = 0; i < times; i++) machine.ioctl(container.file, VFIO_IOMMU_MAP_DMA, 0);
    }),
    measure('GET_DEVICE_FD + close', (times) => {
      for (let i = 0; i < times; i++) {
        machine.descriptors.close(machine.ioctl(group.file, VFIO_GROUP_GET_DEVICE_FD, name));
      }
    }),
    measure('device ioctl', (times) => {
      for (let i = 0; i < times; i++) machine.ioctl(device, VFIO_DEVICE_GET_INFO, 0);
    }),
    measure('device read', (times) => {
      for (let i = 0; i < times; i++) void machine.systemCalls.read(machine.task, device, 0, 4, 0);
    }),
  ];
}

function lifecycleRow(): Row {
  const machine = new BenchMachine();
  machine.addGroup(GROUP);
  const { descriptors } = machine;
  const containerNode = machine.node('/dev/vfio/vfio');
  const groupNode = machine.node(`/dev/vfio/${GROUP}`);
  const containerFd = machine.words(3);
  const name = machine.text(deviceName(GROUP, 0));
  return measure('full lifecycle', (times) => {
    for (let i = 0; i < times; i++) {
      const container = machine.open(containerNode);
      const fd = descriptors.reserve(false);
      descriptors.install(fd, container);
      const group = machine.open(groupNode);
      machine.ioctl(group, VFIO_GROUP_SET_CONTAINER, containerFd);
      machine.ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU);
      descriptors.close(machine.ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name));
      group.put();
      descriptors.close(fd);
    }
  });
}
