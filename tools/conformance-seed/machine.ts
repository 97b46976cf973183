// The machine around the core under test, as the format describes it: a fresh kernel with one VFIO
// core, the things a trace has made by their names, and what has been observed.
import { type IommuGroup, iommuGroupOf } from '../../src/iommu/iommu-group.js';
import { Bus } from '../../src/kernel/bus.js';
import { LocalDescriptorTable } from '../../src/kernel/descriptor-table.js';
import type { Device } from '../../src/kernel/device.js';
import type { File } from '../../src/kernel/file.js';
import { Kernel } from '../../src/kernel/kernel.js';
import { LocalMemory } from '../../src/kernel/local-memory.js';
import type { LogEntry } from '../../src/kernel/log.js';
import { SystemCalls } from '../../src/kernel/system-calls.js';
import { ROOT_CREDENTIALS, Task } from '../../src/kernel/task.js';
import {
  type Container,
  type ContainerFile,
  type ExternalUser,
  Vfio,
  type VfioDevice,
} from '../../src/vfio/index.js';
import type { DeviceOpsMock } from './device-ops-mock.js';
import type { IommuDriverMock } from './iommu-driver-mock.js';
import { Names } from './names.js';
import type { Json } from './trace.js';

/** A descriptor by its name, which remembers the number and the file for ever. */
export interface NamedDescriptor {
  readonly fd: number;
  readonly file: File;
  isClosed: boolean;
}

/** What has been taken from the core, until it is given back. */
export interface Held<T> {
  readonly thing: T;
  isHeld: boolean;
}

/** Low enough for the pointers of 32-bit programs. */
const FIRST_USER_ADDRESS = 0x10000;
const FIRST_DESCRIPTOR = 3;
const DESCRIPTOR_LIMIT = 1024;

export class TraceMachine {
  readonly kernel: Kernel;
  readonly vfio: Vfio;
  readonly bus: Bus;
  readonly systemCalls: SystemCalls;
  readonly memory = new LocalMemory(FIRST_USER_ADDRESS);
  readonly descriptors = new LocalDescriptorTable(FIRST_DESCRIPTOR, DESCRIPTOR_LIMIT);
  /** Who makes the calls that can't sleep. */
  readonly task: Task;

  readonly iommuGroups = new Names<IommuGroup>('iommu group');
  readonly devices = new Names<Device>('device');
  readonly iommuDrivers = new Names<IommuDriverMock>('iommu driver');
  readonly deviceOps = new Names<DeviceOpsMock>('set of device callbacks');
  readonly files = new Names<NamedDescriptor>('file');
  readonly containers = new Names<{ readonly container: Container; readonly file: ContainerFile }>(
    'container',
  );
  readonly deviceReferences = new Names<Held<VfioDevice>>('device reference');
  readonly externalUsers = new Names<Held<ExternalUser>>('external user');

  readonly #groupNames = new Map<IommuGroup, string>();
  readonly #deviceNames = new Map<object, string>();
  #calls: Json[] = [];
  #log: Json[] = [];

  constructor() {
    this.kernel = new Kernel({
      requestModule: (name) => this.record(['kernel', 'request_module', name]),
    });
    this.vfio = new Vfio(this.kernel);
    this.systemCalls = new SystemCalls(this.kernel);
    this.bus = new Bus(this.kernel.log, { name: 'trace', match: () => true });
    this.bus.notifier.register((event) => iommuGroupOf(event.device)?.notify(event));
    this.kernel.log.subscribe((entry) => this.#report(entry));
    this.task = this.newTask('replayer', 1);
  }

  newTask(comm: string, pid: number): Task {
    return new Task({
      pid,
      comm,
      credentials: () => ROOT_CREDENTIALS,
      memlockLimit: () => Number.POSITIVE_INFINITY,
      memory: this.memory,
      files: this.descriptors,
    });
  }

  addIommuGroup(name: string, group: IommuGroup): void {
    this.iommuGroups.set(name, group);
    this.#groupNames.set(group, name);
  }

  addDevice(name: string, device: Device): void {
    this.devices.set(name, device);
    this.#deviceNames.set(device, name);
  }

  nameOfIommuGroup(group: IommuGroup): string {
    return this.#groupNames.get(group) ?? `iommu group ${group.id}`;
  }

  nameOfDevice(device: object): string {
    return this.#deviceNames.get(device) ?? 'unnamed';
  }

  /** Whether the module can't be removed: somebody holds something of it. */
  get isModuleInUse(): boolean {
    return (
      this.kernel.module('vfio').references > 0 ||
      [...this.deviceReferences, ...this.externalUsers].some(([, { isHeld }]) => isHeld)
    );
  }

  /** Closes a descriptor, by its name. */
  close(descriptor: NamedDescriptor): void {
    descriptor.isClosed = true;
    this.descriptors.close(descriptor.fd);
  }

  /** Records a callback that has been entered. */
  record(call: Json[]): void {
    this.#calls.push(call);
  }

  /** What has been recorded since it was last taken. */
  takeRecords(): { calls: Json[]; log: Json[] } {
    const taken = { calls: this.#calls, log: this.#log };
    this.#calls = [];
    this.#log = [];
    return taken;
  }

  #report(entry: LogEntry): void {
    this.#log.push(this.#eventOf(entry));
  }

  #eventOf({ level, condition = '', device, text }: LogEntry): Json {
    switch (level) {
      case 'info':
        return ['info', text];
      case 'error':
        return ['err', text];
      case 'defect':
        return ['defect', text];
      case 'BUG':
        return ['BUG', condition];
      case 'WARN':
        return text === '' ? ['WARN', condition] : ['WARN', condition, text];
      case 'warning':
        return device === undefined
          ? ['warning', text]
          : ['dev_warn', this.nameOfDevice(device), text];
    }
  }
}
