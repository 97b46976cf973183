// An IOMMU driver that keeps books and complains when the core calls it out of turn.
import type { IommuGroup } from '../../../src/iommu/iommu-group.js';
import { kernelError } from '../../../src/kernel/error.js';
import type { Module } from '../../../src/kernel/module.js';
import type { Task } from '../../../src/kernel/task.js';
import { VFIO_CHECK_EXTENSION } from '../../../src/uapi/vfio.js';
import type { VfioIommuDriver } from '../../../src/vfio/index.js';

/** What the driver does for one container, from open to release. */
export class Lease {
  readonly attached = new Set<IommuGroup>();
  isReleased = false;
}

export class LedgerDriver implements VfioIommuDriver<Lease> {
  readonly name: string;
  readonly owner: Module;
  readonly extension: number;
  readonly leases = new Set<Lease>();
  /** What the next calls do instead of succeeding. */
  refusesOpen = false;
  /** The group whose attach is refused, and how. */
  refusedGroup: IommuGroup | undefined;
  refusal = 1;

  constructor(owner: Module, extension: number) {
    this.name = owner.name;
    this.owner = owner;
    this.extension = extension;
  }

  open(argument: number): Lease {
    if (argument !== this.extension) throw new Error(`${this.name}: opened for ${argument}`);
    if (this.refusesOpen) throw kernelError('EIO');
    const lease = new Lease();
    this.leases.add(lease);
    return lease;
  }

  release(lease: Lease): void {
    this.#checkLive(lease, 'release');
    if (lease.attached.size > 0) throw new Error(`${this.name}: released with a group attached`);
    lease.isReleased = true;
    this.leases.delete(lease);
  }

  ioctl(lease: Lease | undefined, _task: Task, command: number, argument: number): number {
    if (lease !== undefined) this.#checkLive(lease, 'ioctl');
    if (command === VFIO_CHECK_EXTENSION) return argument === this.extension ? 1 : 0;
    if (lease === undefined) throw new Error(`${this.name}: ${command} without a lease`);
    return 0;
  }

  attachGroup(lease: Lease, group: IommuGroup): number {
    this.#checkLive(lease, 'attach');
    if (lease.attached.has(group)) throw new Error(`${this.name}: attached twice`);
    if (group === this.refusedGroup) return this.refusal;
    lease.attached.add(group);
    return 0;
  }

  detachGroup(lease: Lease, group: IommuGroup): void {
    this.#checkLive(lease, 'detach');
    if (!lease.attached.delete(group)) throw new Error(`${this.name}: detached, not attached`);
  }

  #checkLive(lease: Lease, what: string): void {
    if (lease.isReleased) throw new Error(`${this.name}: ${what} after release`);
  }
}
