/** The IOMMU driver type1 as the VFIO core sees it: containers opened, groups attached, requests. */
import type { FaultReporter } from '../iommu/fault-reporter.js';
import type { Iommu } from '../iommu/iommu.js';
import type { IommuGroup } from '../iommu/iommu-group.js';
import { kernelError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Module } from '../kernel/module.js';
import type { Task } from '../kernel/task.js';
import {
  VFIO_CHECK_EXTENSION,
  VFIO_DMA_CC_IOMMU,
  VFIO_IOMMU_DIRTY_PAGES,
  VFIO_IOMMU_GET_INFO,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_UNMAP_DMA,
  VFIO_TYPE1_IOMMU,
  VFIO_TYPE1_NESTING_IOMMU,
  VFIO_TYPE1v2_IOMMU,
  VFIO_UNMAP_ALL,
  VFIO_UPDATE_VADDR,
} from '../uapi/vfio.js';
import type { VfioIommuDriver } from '../vfio/index.js';
import { attachGroup, detachGroup } from './attach.js';
import { dirtyPages } from './dirty-pages.js';
import { getInfo } from './info.js';
import { mapDma } from './map.js';
import type { Type1Parameters } from './parameters.js';
import { Type1Iommu } from './type1-iommu.js';
import { unmapDma } from './unmap.js';

/** What the driver is part of. */
export interface Type1DriverOptions {
  readonly kernel: Kernel;
  readonly owner: Module;
  readonly parameters: Type1Parameters;
  readonly faults: FaultReporter;
  /** The IOMMU that a group is behind. */
  readonly iommuOf: (group: IommuGroup) => Iommu;
}

export class Type1Driver implements VfioIommuDriver<Type1Iommu> {
  readonly name = 'vfio-iommu-type1';
  readonly owner: Module;
  readonly #options: Type1DriverOptions;

  constructor(options: Type1DriverOptions) {
    this.owner = options.owner;
    this.#options = options;
  }

  /** @throws EINVAL when asked for what is an extension and no type; ENOMEM by fault */
  open(argument: number): Type1Iommu {
    const { kernel, parameters, faults } = this.#options;
    kernel.faults.checkAllocation();
    if (
      argument !== VFIO_TYPE1_IOMMU &&
      argument !== VFIO_TYPE1v2_IOMMU &&
      argument !== VFIO_TYPE1_NESTING_IOMMU
    ) {
      throw kernelError('EINVAL');
    }
    return new Type1Iommu({
      kernel,
      isV2: argument !== VFIO_TYPE1_IOMMU,
      isNesting: argument === VFIO_TYPE1_NESTING_IOMMU,
      entryLimit: parameters.dmaEntryLimit,
      faults,
    });
  }

  release(container: Type1Iommu): void {
    for (const group of [...container.groups.keys()]) detachGroup(container, group);
    container.removeAllMappings();
  }

  attachGroup(container: Type1Iommu, group: IommuGroup): number {
    const { parameters, iommuOf } = this.#options;
    const { allowUnsafeInterrupts } = parameters;
    attachGroup(container, group, { iommu: iommuOf(group), allowUnsafeInterrupts });
    return 0;
  }

  detachGroup(container: Type1Iommu, group: IommuGroup): void {
    detachGroup(container, group);
  }

  /** @throws ENOTTY for requests that are not type1's, and whatever the request throws */
  ioctl(container: Type1Iommu | undefined, task: Task, command: number, argument: number): number {
    if (command === VFIO_CHECK_EXTENSION) return checkExtension(container, argument);
    if (container === undefined) throw kernelError('ENOTTY');
    switch (command) {
      case VFIO_IOMMU_GET_INFO:
        return getInfo(container, task, argument);
      case VFIO_IOMMU_MAP_DMA:
        return mapDma(container, task, argument);
      case VFIO_IOMMU_UNMAP_DMA:
        return unmapDma(container, task, argument);
      case VFIO_IOMMU_DIRTY_PAGES:
        return dirtyPages(container, task, argument);
      default:
        throw kernelError('ENOTTY');
    }
  }
}

/** 1 for what is supported, else 0. Some depend on the groups, and are 0 without a container. */
function checkExtension(container: Type1Iommu | undefined, extension: number): number {
  switch (extension) {
    case VFIO_TYPE1_IOMMU:
    case VFIO_TYPE1v2_IOMMU:
    case VFIO_TYPE1_NESTING_IOMMU:
    case VFIO_UNMAP_ALL:
      return 1;
    case VFIO_UPDATE_VADDR:
      return container === undefined ? 0 : 1;
    case VFIO_DMA_CC_IOMMU:
      return container?.everyIommu((iommu) => iommu.isCacheCoherent) === true ? 1 : 0;
    default:
      return 0;
  }
}
