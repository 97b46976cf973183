/**
 * Groups (`struct vfio_group`): the core's side of an IOMMU group, and what `/dev/vfio/N` stands for.
 * A group exists from the first device added to it until nothing refers to it any more.
 *
 * Two counts, not to be confused. *References* keep the group alive: each device of it, its open
 * file, each external user. *Users* keep it in its container: the file that put it there, each open
 * device file, each external user. When the last user goes, in whatever order they do, the group
 * leaves the container and its IOMMU mappings with it.
 */
import type { IommuGroup } from '../iommu/iommu-group.js';
import { kernelError } from '../kernel/error.js';
import { ListEntry } from '../kernel/list.js';
import type { KernelLog } from '../kernel/log.js';
import type { Container } from './container.js';
import { GroupDevices } from './group-devices.js';
import { UnboundList } from './unbound-list.js';
import { isGroupViable } from './viability.js';

export class Group {
  readonly iommuGroup: IommuGroup;
  readonly devices = new GroupDevices();
  readonly unbound = new UnboundList();
  /** Minor number of the node. */
  readonly minor: number;
  /** Its place in its container. */
  readonly containerEntry = new ListEntry<Group>(this);
  readonly #log: KernelLog;
  readonly #onRelease: () => void;
  #references = 1;
  #isOpen = false;
  #users = 0;
  #container: Container | undefined;

  /**
   * The first reference is the caller's.
   * @param onRelease called when the last reference has gone
   */
  constructor(log: KernelLog, iommuGroup: IommuGroup, minor: number, onRelease: () => void) {
    this.iommuGroup = iommuGroup;
    this.minor = minor;
    this.#log = log;
    this.#onRelease = onRelease;
  }

  /** Takes a reference (`vfio_group_get`). */
  get(): this {
    this.#references += 1;
    return this;
  }

  /** Gives a reference back (`vfio_group_put`); the last one ends the group. */
  put(): void {
    this.#references -= 1;
    if (this.#references !== 0) return;
    // Devices hold references, so somebody has given back one that was not his.
    if (this.devices.size > 0) this.#log.warn('group_release');
    this.#onRelease();
  }

  /** Whether the group's file is open: there is one at a time. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** How many keep the group in its container. */
  get users(): number {
    return this.#users;
  }

  /** The container the group is in. */
  get container(): Container | undefined {
    return this.#container;
  }

  /** The container, if devices may be handed out: it has an IOMMU, and the group is viable. */
  get usableContainer(): Container | undefined {
    const container = this.#container;
    if (container?.iommuDriver === undefined || !isGroupViable(this)) return undefined;
    return container;
  }

  /**
   * The group's file is opened. A group that is still in a container, because devices of an earlier
   * opening are in use, belongs to that opening's user.
   * @throws EBUSY
   */
  open(): void {
    if (this.#isOpen || this.#container !== undefined) throw kernelError('EBUSY');
    this.#isOpen = true;
    this.get();
  }

  /** The group's file is released. */
  close(): void {
    this.leaveContainer();
    this.#isOpen = false;
    this.put();
  }

  /**
   * Puts the group, which is in none, into a container; the first user is the caller.
   * @returns 0, or what the attach to the IOMMU answered
   */
  setContainer(container: Container): number {
    const result = container.addGroup(this);
    if (result !== 0) return result;
    this.#container = container;
    this.#users = 1;
    return 0;
  }

  /**
   * Takes the group out of its container.
   * @throws EINVAL when it is in none; EBUSY when the caller is not its only user
   */
  unsetContainer(): void {
    if (this.#users === 0) throw kernelError('EINVAL');
    if (this.#users > 1) throw kernelError('EBUSY');
    this.leaveContainer();
  }

  /** One more user of the container that the group is in. */
  useContainer(): void {
    this.#users += 1;
  }

  /** One user less (`vfio_group_try_dissolve_container`). The last one takes the group out. */
  leaveContainer(): void {
    const container = this.#container;
    if (container === undefined) return;
    this.#users -= 1;
    if (this.#users > 0) return;
    this.#container = undefined;
    container.removeGroup(this);
  }
}
