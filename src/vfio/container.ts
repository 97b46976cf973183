/**
 * Containers (`struct vfio_container`): what opening `/dev/vfio/vfio` makes. A container holds groups
 * and one IOMMU driver for all of them, so that they share mappings. It begins powerless: a driver
 * can be set only while a group is in it, for it is the group's file, and who may open that, that
 * gives rights. When the last group leaves, the driver goes too.
 *
 * A container lives as long as its file is open or a group is in it.
 */
import { kernelError, resultOfError } from '../kernel/error.js';
import { List, type ListEntry } from '../kernel/list.js';
import type { Task } from '../kernel/task.js';
import { VFIO_CHECK_EXTENSION } from '../uapi/vfio.js';
import type { Group } from './group.js';
import type { VfioIommuDriver } from './iommu-driver.js';
import type { IommuDriverRegistry } from './iommu-driver-registry.js';

export class Container {
  readonly #registry: IommuDriverRegistry;
  /** The groups in the container, newest first. */
  readonly #groups = new List<Group>();
  #driver: VfioIommuDriver | undefined;
  #data: unknown;

  constructor(registry: IommuDriverRegistry) {
    this.#registry = registry;
  }

  /** The groups in the container, newest first. */
  get groups(): readonly Group[] {
    return [...this.#groups];
  }

  /** The IOMMU driver that is set. */
  get iommuDriver(): VfioIommuDriver | undefined {
    return this.#driver;
  }

  /** What that driver keeps for the container. */
  get iommuData(): unknown {
    return this.#data;
  }

  /** CHECK_EXTENSION: above 0 when supported. The driver that is set knows; without one, all are asked. */
  checkExtension(task: Task, extension: number): number {
    if (this.#driver === undefined) {
      return this.#registry.poll(task, extension, this.#newestGroup?.iommuGroup);
    }
    return this.#driver.ioctl(this.#data, task, VFIO_CHECK_EXTENSION, extension);
  }

  /**
   * SET_IOMMU: opens the first driver that supports the extension and attaches all groups, newest
   * first. No other driver is tried when that fails.
   * @returns 0, or what a group's attach answered, after all is undone
   * @throws EINVAL without a group, or when a driver is set; ENODEV when no driver supports it
   */
  setIommu(task: Task, extension: number): number {
    const group = this.#newestGroup;
    if (group === undefined || this.#driver !== undefined) throw kernelError('EINVAL');
    const driver = this.#registry.claim(task, extension, group.iommuGroup);
    if (driver === undefined) throw kernelError('ENODEV');
    const result = this.#open(driver, extension);
    if (result !== 0) driver.owner?.put();
    return result;
  }

  /** One of the groups, which are all of one kind. */
  get #newestGroup(): Group | undefined {
    return this.#groups.first?.value;
  }

  /**
   * Takes a group in. The driver, when one is set, has to attach it first.
   * @returns 0, or what the attach answered; then the group is not in
   * @throws EPERM when an IOMMU is behind some of the groups and not behind others
   */
  addGroup(group: Group): number {
    const { isTranslated } = group.iommuGroup;
    const other = this.#newestGroup;
    if (other !== undefined && other.iommuGroup.isTranslated !== isTranslated) {
      throw kernelError('EPERM');
    }
    if (this.#driver !== undefined) {
      const result = this.#driver.attachGroup(this.#data, group.iommuGroup);
      if (result !== 0) return result;
    }
    this.#groups.addFirst(group.containerEntry);
    return 0;
  }

  /** Lets a group go. With the last one the container returns to being powerless. */
  removeGroup(group: Group): void {
    const driver = this.#driver;
    driver?.detachGroup(this.#data, group.iommuGroup);
    this.#groups.remove(group.containerEntry);
    if (driver === undefined || this.#groups.first !== undefined) return;
    driver.release(this.#data);
    driver.owner?.put();
    this.#driver = undefined;
    this.#data = undefined;
  }

  #open(driver: VfioIommuDriver, extension: number): number {
    try {
      const data = driver.open(extension);
      const result = attachAll(driver, data, this.#groups.first);
      if (result !== 0) {
        driver.release(data);
        return result;
      }
      this.#driver = driver;
      this.#data = data;
      return 0;
    } catch (error) {
      return resultOfError(error);
    }
  }
}

/** Attaches groups in order. When one refuses, those before it are detached, last first. */
function attachAll(
  driver: VfioIommuDriver,
  data: unknown,
  first: ListEntry<Group> | undefined,
): number {
  for (let entry = first; entry !== undefined; entry = entry.next) {
    const result = attach(driver, data, entry.value);
    if (result !== 0) {
      detachAllBefore(driver, data, entry);
      return result;
    }
  }
  return 0;
}

function detachAllBefore(driver: VfioIommuDriver, data: unknown, entry: ListEntry<Group>): void {
  for (let { previous } = entry; previous !== undefined; previous = previous.previous) {
    driver.detachGroup(data, previous.value.iommuGroup);
  }
}

function attach(driver: VfioIommuDriver, data: unknown, group: Group): number {
  try {
    return driver.attachGroup(data, group.iommuGroup);
  } catch (error) {
    return resultOfError(error);
  }
}
