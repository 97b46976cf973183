// A kernel with a VFIO core, IOMMU drivers and devices that do next to nothing, so that what is
// timed is the core.
import { IommuGroup } from '../../src/iommu/iommu-group.js';
import { LocalDescriptorTable } from '../../src/kernel/descriptor-table.js';
import { Device } from '../../src/kernel/device.js';
import type { File } from '../../src/kernel/file.js';
import { Kernel } from '../../src/kernel/kernel.js';
import { LocalMemory } from '../../src/kernel/local-memory.js';
import { walk } from '../../src/kernel/path-walk.js';
import { SystemCalls } from '../../src/kernel/system-calls.js';
import { ROOT_CREDENTIALS, Task } from '../../src/kernel/task.js';
import type { DeviceNode } from '../../src/kernel/tree.js';
import { O_RDWR } from '../../src/uapi/file.js';
import { VFIO_CHECK_EXTENSION, VFIO_TYPE1_IOMMU } from '../../src/uapi/vfio.js';
import { Vfio, type VfioDeviceOps, type VfioIommuDriver } from '../../src/vfio/index.js';

export const deviceOps: VfioDeviceOps<number> = {
  name: 'bench',
  open: () => 0,
  release: () => undefined,
  ioctl: () => 0,
  read: (_data, _task, _address, count, position) => {
    position.offset += count;
    return count;
  },
};

export class BenchMachine {
  readonly kernel = new Kernel();
  readonly vfio = new Vfio(this.kernel);
  readonly systemCalls = new SystemCalls(this.kernel);
  readonly memory = new LocalMemory();
  readonly descriptors = new LocalDescriptorTable(3);
  readonly task = new Task({
    pid: 1,
    comm: 'bench',
    credentials: () => ROOT_CREDENTIALS,
    memlockLimit: () => Number.POSITIVE_INFINITY,
    memory: this.memory,
    files: this.descriptors,
  });

  constructor() {
    this.vfio.init();
    this.vfio.registerIommuDriver(this.#driver('supporting', VFIO_TYPE1_IOMMU));
    this.vfio.registerIommuDriver(this.#driver('other', -1));
  }

  /** A group of devices that the core has. */
  addGroup(id: number, devices = 1): IommuGroup {
    const group = new IommuGroup(id, this.kernel.faults);
    for (let index = 0; index < devices; index++) {
      const device = new Device(deviceName(id, index));
      device.driver = { name: 'vfio-pci', probe: () => undefined, remove: () => undefined };
      group.addDevice(device);
      this.vfio.addGroupDevice(device, deviceOps, index);
    }
    return group;
  }

  node(path: string): DeviceNode {
    const node = walk(this.kernel.root, path, true);
    if (node.kind !== 'device') throw new Error(`${path} is no device`);
    return node;
  }

  open(node: DeviceNode): File {
    return this.kernel.openDeviceNode(this.task, node, O_RDWR);
  }

  /** Opens a node and gives it a descriptor. */
  openDescriptor(path: string): { fd: number; file: File } {
    const file = this.open(this.node(path));
    const fd = this.descriptors.reserve(false);
    this.descriptors.install(fd, file);
    return { fd, file };
  }

  /** A text in user memory; its address. */
  text(text: string): number {
    const { address, bytes } = this.memory.allocate(text.length + 1);
    bytes.set(new TextEncoder().encode(text));
    return address;
  }

  /** Words in user memory; their address. */
  words(...values: number[]): number {
    return this.memory.map(new Uint8Array(Uint32Array.from(values).buffer));
  }

  ioctl(file: File, command: number, argument: number): number {
    const result = this.systemCalls.ioctl(this.task, file, command, argument);
    if (typeof result !== 'number' || result < 0) throw new Error(`ioctl ${command}: ${result}`);
    return result;
  }

  #driver(name: string, extension: number): VfioIommuDriver<number> {
    return {
      name,
      owner: this.kernel.module(name),
      open: () => 1,
      release: () => undefined,
      ioctl: (_data, _task, command, argument) =>
        command === VFIO_CHECK_EXTENSION && argument === extension ? 1 : 0,
      attachGroup: () => 0,
      detachGroup: () => undefined,
    };
  }
}

export function deviceName(group: number, index: number): string {
  const digits = (value: number): string => value.toString(16).padStart(2, '0');
  return `${digits(group >> 8).padStart(4, '0')}:${digits(group & 0xff)}:${digits(index)}.0`;
}
