// A machine with a few groups, devices and IOMMU drivers, and the books of who holds what: what the
// invariants compare the core with.
import { IommuGroup, iommuGroupOf } from '../../../src/iommu/iommu-group.js';
import { Bus } from '../../../src/kernel/bus.js';
import { LocalDescriptorTable } from '../../../src/kernel/descriptor-table.js';
import { Device } from '../../../src/kernel/device.js';
import { Kernel } from '../../../src/kernel/kernel.js';
import { LocalMemory } from '../../../src/kernel/local-memory.js';
import { SystemCalls } from '../../../src/kernel/system-calls.js';
import { ROOT_CREDENTIALS, Task } from '../../../src/kernel/task.js';
import {
  type Container,
  type ExternalUser,
  Vfio,
  type VfioDevice,
} from '../../../src/vfio/index.js';
import type { LedgerDevice } from './ledger-device.js';
import { LedgerDriver } from './ledger-driver.js';

/** An open file, held by one descriptor or more. */
export type OpenFile =
  | { readonly kind: 'container'; readonly container: Container; fds: number[] }
  | { readonly kind: 'group'; readonly iommuGroup: IommuGroup; isMember: boolean; fds: number[] }
  | { readonly kind: 'device'; readonly ledger: LedgerDevice; fds: number[] };

/** A removal that waits for a device's users. */
export interface Removal {
  readonly device: Device;
  readonly task: Task;
  isDone: boolean;
}

/** Devices in each group. */
const GROUPS = [1, 2, 3];
export const EXTENSIONS = [1, 3] as const;

export class World {
  readonly kernel = new Kernel();
  readonly vfio = new Vfio(this.kernel);
  readonly bus = new Bus(this.kernel.log, { name: 'model', match: () => true });
  readonly systemCalls = new SystemCalls(this.kernel);
  readonly memory = new LocalMemory();
  readonly descriptors = new LocalDescriptorTable(3);
  readonly task = this.newTask(1);
  readonly iommuGroups: IommuGroup[] = [];
  readonly devices: Device[] = [];
  readonly drivers: LedgerDriver[];

  // The books.
  readonly files = new Set<OpenFile>();
  readonly externalUsers = new Set<{ readonly user: ExternalUser; readonly group: IommuGroup }>();
  readonly deviceReferences: { readonly reference: VfioDevice; readonly ledger: LedgerDevice }[] =
    [];
  readonly removals = new Set<Removal>();
  /** Devices that a VFIO bus driver has added and not begun to remove. */
  readonly added = new Map<Device, LedgerDevice>();
  /** The container each group has been put into, until the last user goes. */
  readonly containers = new Map<IommuGroup, Container>();
  readonly warnings: string[] = [];
  #pid = 1;

  constructor() {
    this.bus.notifier.register((event) => iommuGroupOf(event.device)?.notify(event));
    this.kernel.log.subscribe(({ level, condition }) => {
      if (level === 'WARN') this.warnings.push(condition ?? '');
    });
    this.vfio.init();
    this.drivers = EXTENSIONS.map(
      (extension) => new LedgerDriver(this.kernel.module(`iommu${extension}`), extension),
    );
    for (const driver of this.drivers) this.vfio.registerIommuDriver(driver);
    for (const [id, size] of GROUPS.entries()) {
      const group = new IommuGroup(id, this.kernel.faults);
      this.iommuGroups.push(group);
      for (let index = 0; index < size; index++) {
        const device = new Device(`${id}:${index}`);
        this.devices.push(device);
        group.addDevice(device);
      }
    }
  }

  newTask(pid = ++this.#pid): Task {
    return new Task({
      pid,
      comm: `task${pid}`,
      credentials: () => ROOT_CREDENTIALS,
      memlockLimit: () => Number.POSITIVE_INFINITY,
      memory: this.memory,
      files: this.descriptors,
    });
  }

  filesOf<Kind extends OpenFile['kind']>(kind: Kind): Extract<OpenFile, { kind: Kind }>[] {
    return [...this.files].filter(
      (file): file is Extract<OpenFile, { kind: Kind }> => file.kind === kind,
    );
  }

  /** Who keeps a group in its container, by the books. */
  usersOf(group: IommuGroup): number {
    const members = this.filesOf('group').filter(
      (file) => file.isMember && file.iommuGroup === group,
    );
    const devices = this.filesOf('device').filter(({ ledger }) => groupOf(ledger.device) === group);
    const external = [...this.externalUsers].filter((user) => user.group === group);
    return members.length + devices.length + external.length;
  }

  /** Whether the core still has a device, by the books. */
  isPresent(device: Device): boolean {
    return (
      this.added.has(device) ||
      this.filesOf('device').some(({ ledger }) => ledger.device === device) ||
      this.deviceReferences.some(({ ledger }) => ledger.device === device)
    );
  }

  /** Whether anything keeps a group alive, by the books. */
  isGroupHeld(group: IommuGroup): boolean {
    return (
      [...group.devices].some((device) => this.isPresent(device)) ||
      this.filesOf('group').some(({ iommuGroup }) => iommuGroup === group) ||
      [...this.externalUsers].some((user) => user.group === group) ||
      [...this.removals].some(({ device }) => groupOf(device) === group)
    );
  }

  /** Calls an ioctl on a file. `words` puts its argument into memory. */
  ioctl(file: OpenFile, command: number, argument: number | Uint8Array): number {
    const open = this.descriptors.get(file.fds[0] ?? -1);
    if (open === undefined) throw new Error(`the ${file.kind} file is not open`);
    const address = typeof argument === 'number' ? argument : this.memory.map(argument);
    const result = this.systemCalls.ioctl(this.task, open, command, address);
    if (typeof argument !== 'number') this.memory.unmap(address);
    if (typeof result !== 'number') throw new Error(`ioctl ${command} sleeps`);
    return result;
  }

  /** Closes one descriptor of a file. */
  close(file: OpenFile): void {
    const fd = file.fds.pop();
    if (fd === undefined) return;
    if (file.fds.length === 0) this.files.delete(file);
    this.descriptors.close(fd);
    this.forgetUnusedContainers();
  }

  /** A group without users has left its container. */
  forgetUnusedContainers(): void {
    for (const group of this.iommuGroups) {
      if (this.usersOf(group) === 0) this.containers.delete(group);
    }
  }

  /** Lets whoever has been woken run to where it sleeps again. */
  async runWhoCan(): Promise<void> {
    if (this.removals.size === 0) return;
    do await settled();
    while (this.kernel.scheduler.runOldest());
  }
}

export function groupOf(device: Device): IommuGroup {
  const group = iommuGroupOf(device);
  if (group === undefined) throw new Error(`${device.name} is in no group`);
  return group;
}

/** Until everything that follows from promises already settled has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
