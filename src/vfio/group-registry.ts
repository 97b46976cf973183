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
import { GroupCandidate } from './group-candidate.js';

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
   * The first half of making a group: a candidate, which hears news of the IOMMU group.
   * @throws ENOMEM by faults `kzalloc` and `iommu_group_register_notifier`
   */
  prepare(iommuGroup: IommuGroup): GroupCandidate {
    this.#kernel.faults.checkAllocation();
    const candidate = new GroupCandidate(this.#kernel.log, iommuGroup);
    iommuGroup.registerNotifier(candidate.notifier);
    return candidate;
  }

  /**
   * The second half: makes the candidate the IOMMU group's group, with a number and a node, unless
   * another one came first. A candidate that loses, or for which this throws, hears nothing more.
   * @returns the IOMMU group's group; the reference is the caller's
   * @throws ENOSPC when no number is left or by fault `idr_alloc`; ENOMEM by fault `device_create`
   */
  publish(candidate: GroupCandidate): Group {
    const { iommuGroup } = candidate;
    const winner = this.find(iommuGroup);
    if (winner !== undefined) {
      iommuGroup.unregisterNotifier(candidate.notifier);
      return winner.get();
    }
    try {
      const minor = this.#createNode(nodeName(iommuGroup));
      return this.#publishWith(candidate, minor);
    } catch (error) {
      iommuGroup.unregisterNotifier(candidate.notifier);
      throw error;
    }
  }

  #publishWith(candidate: GroupCandidate, minor: number): Group {
    const { log } = this.#kernel;
    const { iommuGroup } = candidate;
    const group = new Group(log, iommuGroup, minor, () => this.#remove(group, candidate));
    candidate.group = group;
    this.#byMinor[minor] = group;
    this.#byId[iommuGroup.id] = group;
    this.#size += 1;
    return group;
  }

  /** Takes the lowest free minor and makes the node of a group. */
  #createNode(name: string): number {
    this.#kernel.faults.check('idr_alloc', 'ENOSPC');
    const minor = this.#minors.allocate();
    try {
      this.#class.createDevice({ name, major: this.#major, minor, mode: 0o600 });
    } catch (error) {
      this.#minors.free(minor);
      throw error;
    }
    return minor;
  }

  #remove({ iommuGroup, minor }: Group, candidate: GroupCandidate): void {
    iommuGroup.unregisterNotifier(candidate.notifier);
    this.#byMinor[minor] = undefined;
    this.#byId[iommuGroup.id] = undefined;
    this.#size -= 1;
    this.#class.destroyDevice(nodeName(iommuGroup));
    this.#minors.free(minor);
  }
}

/** What a group is called in `/dev/vfio`: nobody is to take one without an IOMMU for a safe one. */
function nodeName({ id, isTranslated }: IommuGroup): string {
  return isTranslated ? String(id) : `noiommu-${id}`;
}
