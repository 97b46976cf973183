/**
 * All groups, by IOMMU group and by minor number, and how they come and go: numbers, nodes
 * `/dev/vfio/N`, the hearing of news.
 *
 * Making a group has two halves, because on a machine with several processors two drivers may add
 * the first two devices of an IOMMU group at once: `prepare` makes a candidate, `publish` looks
 * again and lets the first one win. Between them anything may happen.
 */
import type { IommuGroup } from '../iommu/iommu-group.js';
import type { DeviceClass } from '../kernel/device-class.js';
import { IdAllocator } from '../kernel/id-allocator.js';
import type { Kernel } from '../kernel/kernel.js';
import { Group } from './group.js';

/** How many minors the groups have: what is left of 20 bits when all ones is no minor. */
export const GROUP_MINORS = 0xfffff;

export class GroupRegistry {
  readonly #kernel: Kernel;
  readonly #class: DeviceClass;
  readonly #major: number;
  /** By the number of the IOMMU group. */
  readonly #byId: (Group | undefined)[] = [];
  readonly #byMinor: (Group | undefined)[] = [];
  #size = 0;
  readonly #minors = new IdAllocator(0, GROUP_MINORS - 1);

  /** @param deviceClass what group nodes are devices of; @param major their major number */
  constructor(kernel: Kernel, deviceClass: DeviceClass, major: number) {
    this.#kernel = kernel;
    this.#class = deviceClass;
    this.#major = major;
  }

  /** How many groups there are. */
  get size(): number {
    return this.#size;
  }

  /** All groups, by rising minor number. */
  *[Symbol.iterator](): IterableIterator<Group> {
    for (const group of this.#byMinor) if (group !== undefined) yield group;
  }

  /** The group of an IOMMU group, without taking a reference. */
  find(iommuGroup: IommuGroup): Group | undefined {
    return this.#byId[iommuGroup.id];
  }

  /** The group whose node has a minor number, without taking a reference. */
  withMinor(minor: number): Group | undefined {
    return this.#byMinor[minor];
  }

  /**
   * The first half of making a group: a candidate that hears news of the IOMMU group, but that
   * nobody can find. The reference is the caller's, to be handed to `publish`.
   * @throws ENOMEM by faults `kzalloc` and `iommu_group_register_notifier`
   */
  prepare(iommuGroup: IommuGroup): Group {
    this.#kernel.faults.checkAllocation();
    const group = new Group(this.#kernel.log, iommuGroup, (released) => this.#remove(released));
    iommuGroup.registerNotifier(group.notifier);
    return group;
  }

  /**
   * The second half: gives the candidate its number and its node, unless another one came first. The
   * candidate is gone afterwards if it lost or if this throws.
   * @returns the IOMMU group's group; the reference is the caller's
   * @throws ENOSPC when no number is left or by fault `idr_alloc`; ENOMEM by fault `device_create`
   */
  publish(candidate: Group): Group {
    const { iommuGroup } = candidate;
    const winner = this.find(iommuGroup);
    if (winner !== undefined) {
      iommuGroup.unregisterNotifier(candidate.notifier);
      return winner.get();
    }
    try {
      candidate.minor = this.#createNode(iommuGroup.id);
    } catch (error) {
      iommuGroup.unregisterNotifier(candidate.notifier);
      throw error;
    }
    this.#byMinor[candidate.minor] = candidate;
    this.#byId[iommuGroup.id] = candidate;
    this.#size += 1;
    return candidate;
  }

  /** Takes the lowest free minor and makes the node of a group. */
  #createNode(id: number): number {
    this.#kernel.faults.check('idr_alloc', 'ENOSPC');
    const minor = this.#minors.allocate();
    try {
      this.#class.createDevice({ name: String(id), major: this.#major, minor, mode: 0o600 });
    } catch (error) {
      this.#minors.free(minor);
      throw error;
    }
    return minor;
  }

  #remove(group: Group): void {
    const { iommuGroup, minor } = group;
    iommuGroup.unregisterNotifier(group.notifier);
    this.#byId[iommuGroup.id] = undefined;
    this.#size -= 1;
    this.#class.destroyDevice(String(iommuGroup.id));
    group.minor = undefined;
    if (minor === undefined) return;
    this.#byMinor[minor] = undefined;
    this.#minors.free(minor);
  }
}
