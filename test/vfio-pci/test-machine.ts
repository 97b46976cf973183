/**
 * A kernel with VFIO and PCI functions bound to vfio-pci, and a user of them: what the tests of this
 * room are driven through, from the system calls down.
 */
import { pciBridgeModel, rootPortModel } from '../../src/devices/bridge/index.js';
import { Iommu } from '../../src/iommu/iommu.js';
import { LocalDescriptorTable } from '../../src/kernel/descriptor-table.js';
import { kernelError } from '../../src/kernel/error.js';
import { type EventFd, LocalEventFd } from '../../src/kernel/event-fd.js';
import { File } from '../../src/kernel/file.js';
import { anonymousInode } from '../../src/kernel/inode.js';
import { Kernel, type KernelOptions } from '../../src/kernel/kernel.js';
import { LocalMemory } from '../../src/kernel/local-memory.js';
import type { LogEntry } from '../../src/kernel/log.js';
import { SystemCalls } from '../../src/kernel/system-calls.js';
import { ROOT_CREDENTIALS, Task } from '../../src/kernel/task.js';
import { iommuGroupOf } from '../../src/iommu/iommu-group.js';
import type { FunctionDescription } from '../../src/pci/device-model.js';
import type { PciFunction } from '../../src/pci/function.js';
import { Pci } from '../../src/pci/pci.js';
import { parsePciAddress } from '../../src/pci/pci-address.js';
import { errnoName } from '../../src/uapi/errno.js';
import { O_RDWR } from '../../src/uapi/file.js';
import * as vfioAbi from '../../src/uapi/vfio.js';
import { Vfio } from '../../src/vfio/index.js';
import { VfioPciDriver } from '../../src/vfio-pci/index.js';
import { OpenDevice } from './open-device.js';

export { bridge, port };

const port = rootPortModel.describe({});
const bridge = pciBridgeModel.describe({});

/** Functions by their address. */
export type Functions = Readonly<Record<string, FunctionDescription>>;

export class TestMachine {
  readonly kernel: Kernel;
  readonly calls: SystemCalls;
  readonly vfio: Vfio;
  readonly pci: Pci;
  readonly memory = new LocalMemory();
  readonly files = new CountingDescriptorTable();
  readonly task: Task;
  readonly log: LogEntry[] = [];
  readonly driver: VfioPciDriver;

  /** Functions other than bridges are bound to vfio-pci. */
  constructor(functions: Functions, options: KernelOptions = {}) {
    this.kernel = new Kernel(options);
    this.calls = new SystemCalls(this.kernel);
    this.vfio = new Vfio(this.kernel);
    this.kernel.log.subscribe((entry) => this.log.push(entry));
    this.task = new Task({
      pid: 1,
      comm: 'test',
      credentials: () => ROOT_CREDENTIALS,
      memlockLimit: () => Infinity,
      memory: this.memory,
      files: this.files,
    });
    this.pci = new Pci(this.kernel, { iommu: new Iommu() });
    this.pci.populate(
      Object.entries(functions).map(([name, description]) => ({
        address: parsePciAddress(name) ?? fail(`no address: ${name}`),
        description,
      })),
    );
    this.vfio.init();
    this.vfio.registerIommuDriver(new PermissiveIommu());
    this.driver = new VfioPciDriver(this.kernel, this.vfio);
    this.pci.registerDriver(this.driver);
    for (const member of this.pci.functions) {
      if (!member.isBridge) this.bind(member.device.name);
    }
  }

  functionAt(name: string): PciFunction {
    return this.pci.functionAt(name) ?? fail(`no function ${name}`);
  }

  bind(name: string): void {
    const { device } = this.functionAt(name);
    this.pci.matching.setOverride(device, this.driver.name);
    this.pci.bus.bind(device, this.driver);
  }

  unbind(name: string): void | Promise<void> {
    return this.pci.bus.unbind(this.functionAt(name).device, this.task);
  }

  /** Opens a container, the group of a function and its device. */
  open(name: string): OpenDevice {
    const group = iommuGroupOf(this.functionAt(name).device);
    const container = this.descriptor('/dev/vfio/vfio');
    const groupFd = this.descriptor(`/dev/vfio/${group?.id}`);
    const argument = new DataView(new ArrayBuffer(4));
    argument.setInt32(0, container, true);
    this.ioctlOf(groupFd, vfioAbi.VFIO_GROUP_SET_CONTAINER, argument);
    this.ioctlOf(container, vfioAbi.VFIO_SET_IOMMU, vfioAbi.VFIO_TYPE1_IOMMU);
    return new OpenDevice(this, { container, group: groupFd, name });
  }

  descriptor(path: string): number {
    const fd = this.calls.open(this.task, path, O_RDWR);
    return fd < 0 ? fail(`${path}: ${errnoName(fd)}`) : fd;
  }

  /** Makes an ioctl. Returns its result, or the name of its error. */
  ioctl(fd: number, command: number, argument: number | DataView): number | string {
    const file = this.files.get(fd) ?? fail(`descriptor ${fd} is closed`);
    if (typeof argument === 'number') {
      return outcome(this.calls.ioctl(this.task, file, command, argument));
    }
    const { buffer, byteOffset, byteLength } = argument;
    const address = this.memory.map(new Uint8Array(buffer, byteOffset, byteLength));
    const result = outcome(this.calls.ioctl(this.task, file, command, address));
    this.memory.unmap(address);
    return result;
  }

  /** Makes an ioctl that must succeed. */
  ioctlOf(fd: number, command: number, argument: number | DataView): number {
    const result = this.ioctl(fd, command, argument);
    return typeof result === 'number' ? result : fail(`ioctl: ${result}`);
  }

  eventFd(initial = 0): TestEventFd {
    const eventFd = new LocalEventFd(initial);
    const fd = this.files.reserve(true);
    this.files.install(fd, new File(anonymousInode('[eventfd]'), eventFd, O_RDWR));
    return new TestEventFd(fd, eventFd);
  }

  /** A descriptor of something that is neither an eventfd nor of VFIO. */
  otherFile(): number {
    const fd = this.files.reserve(true);
    this.files.install(fd, new File(anonymousInode('[other]'), {}, O_RDWR));
    return fd;
  }
}

/** An eventfd of the test's. */
export class TestEventFd {
  readonly fd: number;
  readonly #eventFd: LocalEventFd;

  constructor(fd: number, eventFd: LocalEventFd) {
    this.fd = fd;
    this.#eventFd = eventFd;
  }

  /** Takes what it counted: how often it was signalled since the last time. */
  take(): number {
    const { count } = this.#eventFd;
    const held = this.#eventFd.get(new File(anonymousInode('[eventfd]'), this.#eventFd, O_RDWR));
    held.listen(() => undefined)();
    return Number(count);
  }

  signal(): void {
    this.#eventFd.signal(1n);
  }
}

/** Counts the holds on eventfds that the kernel has taken and not given back. */
export class CountingDescriptorTable extends LocalDescriptorTable {
  holds = 0;

  override getEventFd(fd: number): EventFd {
    const eventFd = super.getEventFd(fd);
    this.holds += 1;
    return {
      signal: (count) => eventFd.signal(count),
      listen: (callback) => eventFd.listen(callback),
      put: () => {
        this.holds -= 1;
        eventFd.put();
      },
    };
  }
}

/** An IOMMU back end that takes any group and translates nothing: no test here does DMA. */
class PermissiveIommu {
  readonly name = 'permissive';
  open(): object {
    return {};
  }
  release(): void {}
  ioctl(data: unknown, _task: Task, command: number): number {
    if (data === undefined && command === vfioAbi.VFIO_CHECK_EXTENSION) return 1;
    throw kernelError('ENOTTY');
  }
  attachGroup(): number {
    return 0;
  }
  detachGroup(): void {}
}

function outcome(result: number | Promise<number>): number | string {
  if (typeof result !== 'number') throw new Error('the call sleeps');
  return result < 0 ? (errnoName(result) ?? String(result)) : result;
}

function fail(text: string): never {
  throw new Error(text);
}
