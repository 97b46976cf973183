/**
 * The IOMMU drivers on offer, newest first: the order in which they are asked for extensions.
 */
import type { IommuGroup } from '../iommu/iommu-group.js';
import { kernelError, resultOfError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Task } from '../kernel/task.js';
import { VFIO_CHECK_EXTENSION } from '../uapi/vfio.js';
import type { VfioIommuDriver } from './iommu-driver.js';

export class IommuDriverRegistry {
  readonly #kernel: Kernel;
  readonly #drivers: VfioIommuDriver[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** The drivers registered, newest first. */
  get drivers(): readonly VfioIommuDriver[] {
    return this.#drivers;
  }

  /**
   * Offers a driver (`vfio_register_iommu_driver`).
   * @throws ENOMEM by fault `kzalloc`; EINVAL when it is registered already
   */
  register(driver: VfioIommuDriver): void {
    this.#kernel.faults.checkAllocation();
    if (this.#drivers.includes(driver)) throw kernelError('EINVAL');
    this.#drivers.unshift(driver);
  }

  /** Withdraws a driver, if it is registered. Containers that use it keep it. */
  unregister(driver: VfioIommuDriver): void {
    const index = this.#drivers.indexOf(driver);
    if (index >= 0) this.#drivers.splice(index, 1);
  }

  /**
   * CHECK_EXTENSION where no driver is set: the first answer above 0 of a driver whose module is
   * there to stay; else the last answer, negative or not; 0 when nobody was asked.
   * @param group one of the container's, if there is any: drivers that are not for it are not asked
   */
  poll(task: Task, extension: number, group: IommuGroup | undefined): number {
    let answer = 0;
    for (const driver of this.#drivers) {
      if (!isFor(driver, group) || !holdModule(driver)) continue;
      answer = ask(driver, task, extension);
      driver.owner?.put();
      if (answer > 0) return answer;
    }
    return answer;
  }

  /**
   * The driver that SET_IOMMU gets: the first one that supports the extension. Its module is held for
   * the caller.
   */
  claim(task: Task, extension: number, group: IommuGroup): VfioIommuDriver | undefined {
    for (const driver of this.#drivers) {
      if (!isFor(driver, group) || !holdModule(driver)) continue;
      if (ask(driver, task, extension) > 0) return driver;
      driver.owner?.put();
    }
    return undefined;
  }
}

function isFor(driver: VfioIommuDriver, group: IommuGroup | undefined): boolean {
  return group === undefined || (driver.serves?.(group) ?? group.isTranslated);
}

/** A driver that is no module is always there. */
function holdModule(driver: VfioIommuDriver): boolean {
  return driver.owner === undefined || driver.owner.tryGet();
}

function ask(driver: VfioIommuDriver, task: Task, extension: number): number {
  try {
    return driver.ioctl(undefined, task, VFIO_CHECK_EXTENSION, extension);
  } catch (error) {
    return resultOfError(error);
  }
}
