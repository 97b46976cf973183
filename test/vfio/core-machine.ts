// A kernel with the core, one IOMMU group with one device, and a task: where a rule is tried alone.
import { IommuGroup } from '../../src/iommu/iommu-group.js';
import { LocalDescriptorTable } from '../../src/kernel/descriptor-table.js';
import { Device } from '../../src/kernel/device.js';
import type { File } from '../../src/kernel/file.js';
import { Kernel } from '../../src/kernel/kernel.js';
import { LocalMemory } from '../../src/kernel/local-memory.js';
import type { LogEntry } from '../../src/kernel/log.js';
import { SystemCalls } from '../../src/kernel/system-calls.js';
import { ROOT_CREDENTIALS, Task } from '../../src/kernel/task.js';
import { O_RDWR } from '../../src/uapi/file.js';
import {
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_SET_IOMMU,
} from '../../src/uapi/vfio.js';
import { Vfio, type VfioDeviceOps, type VfioIommuDriver } from '../../src/vfio/index.js';

export const GROUP_ID = 26;
export const DEVICE_NAME = '0000:01:00.0';
export const EXTENSION = 1;

export class CoreMachine {
  readonly kernel = new Kernel();
  readonly vfio = new Vfio(this.kernel);
  readonly systemCalls = new SystemCalls(this.kernel);
  readonly memory = new LocalMemory();
  readonly descriptors = new LocalDescriptorTable(3);
  readonly task = new Task({
    pid: 1,
    comm: 'test',
    credentials: () => ROOT_CREDENTIALS,
    memlockLimit: () => Number.POSITIVE_INFINITY,
    memory: this.memory,
    files: this.descriptors,
  });
  readonly iommuGroup = new IommuGroup(GROUP_ID, this.kernel.faults);
  readonly device = new Device(DEVICE_NAME);
  readonly log: LogEntry[] = [];

  constructor() {
    this.kernel.log.subscribe((entry) => this.log.push(entry));
    this.iommuGroup.addDevice(this.device);
    this.vfio.init();
  }

  open(path: string): File {
    const fd = this.systemCalls.open(this.task, path, O_RDWR);
    const file = this.descriptors.get(fd);
    if (file === undefined) throw new Error(`${path}: ${fd}`);
    return file;
  }

  /** An ioctl whose argument is a number, or a pointer to an int or a string. */
  ioctl(
    file: File,
    command: number,
    argument: number | { int: number } | { text: string },
  ): number {
    const value =
      typeof argument === 'number'
        ? argument
        : this.memory.map(
            'int' in argument
              ? new Uint8Array(Int32Array.of(argument.int).buffer)
              : new TextEncoder().encode(`${argument.text}\0`),
          );
    const result = this.systemCalls.ioctl(this.task, file, command, value);
    if (typeof result !== 'number') throw new Error('the ioctl sleeps');
    return result;
  }

  /** The device added, its group in a container, and a driver set: all but the device's file. */
  prepareDevice<Data>(
    ops: VfioDeviceOps<Data>,
    data: Data,
    driver: VfioIommuDriver = standardDriver(),
  ): { container: File; group: File; setIommu: number } {
    this.vfio.addGroupDevice(this.device, ops, data);
    this.vfio.registerIommuDriver(driver);
    const container = this.open('/dev/vfio/vfio');
    const group = this.open(`/dev/vfio/${GROUP_ID}`);
    this.ioctl(group, VFIO_GROUP_SET_CONTAINER, { int: this.#descriptorOf(container) });
    const setIommu = this.ioctl(container, VFIO_SET_IOMMU, EXTENSION);
    return { container, group, setIommu };
  }

  /** Another member of the group, whose driver has nothing to do with VFIO. */
  addNativeDevice(name: string): Device {
    const device = new Device(name);
    device.driver = { name: 'native', probe: () => undefined, remove: () => undefined };
    this.iommuGroup.addDevice(device);
    return device;
  }

  /** GROUP_GET_DEVICE_FD of the device. */
  getDeviceFd(group: File): number {
    return this.ioctl(group, VFIO_GROUP_GET_DEVICE_FD, { text: DEVICE_NAME });
  }

  #descriptorOf(file: File): number {
    return this.descriptors.openDescriptors.find((fd) => this.descriptors.get(fd) === file) ?? -1;
  }
}

/** An IOMMU driver that supports one extension and refuses nothing. */
export function standardDriver(overrides: Partial<VfioIommuDriver> = {}): VfioIommuDriver {
  return {
    name: 'standard',
    open: () => 'data',
    release: () => undefined,
    ioctl: () => 1,
    attachGroup: () => 0,
    detachGroup: () => undefined,
    ...overrides,
  };
}
