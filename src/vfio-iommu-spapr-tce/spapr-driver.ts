/** The IOMMU driver sPAPR TCE as the VFIO core sees it: containers opened, groups attached, requests. */
import type { FaultReporter } from '../iommu/fault-reporter.js';
import type { IommuGroup } from '../iommu/iommu-group.js';
import { kernelError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Module } from '../kernel/module.js';
import type { Task } from '../kernel/task.js';
import {
  VFIO_CHECK_EXTENSION,
  VFIO_EEH,
  VFIO_IOMMU_DISABLE,
  VFIO_IOMMU_ENABLE,
  VFIO_IOMMU_MAP_DMA,
  VFIO_IOMMU_UNMAP_DMA,
  VFIO_SPAPR_TCE_IOMMU,
  VFIO_SPAPR_TCE_v2_IOMMU,
} from '../uapi/vfio.js';
import {
  VFIO_EEH_PE_OP,
  VFIO_IOMMU_SPAPR_REGISTER_MEMORY,
  VFIO_IOMMU_SPAPR_TCE_CREATE,
  VFIO_IOMMU_SPAPR_TCE_GET_INFO,
  VFIO_IOMMU_SPAPR_TCE_REMOVE,
  VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY,
} from '../uapi/vfio-spapr.js';
import type { VfioIommuDriver } from '../vfio/index.js';
import { attachGroup, detachGroup, releaseContainer } from './attach.js';
import { eehOperation } from './eeh.js';
import { disable, enable } from './enable.js';
import { getInfo } from './info.js';
import { mapDma, unmapDma } from './map.js';
import type { SpaprTceHardware } from './partitionable-endpoint.js';
import { registerMemory, unregisterMemory } from './registered-memory.js';
import { TceContainer } from './tce-container.js';
import { createWindow, removeWindow } from './windows.js';

/** What the driver is part of. */
export interface SpaprDriverOptions {
  readonly kernel: Kernel;
  readonly owner: Module;
  readonly hardware: SpaprTceHardware;
  readonly faults: FaultReporter;
}

export class SpaprTceDriver implements VfioIommuDriver<TceContainer> {
  readonly name = 'iommu-vfio-powerpc';
  readonly owner: Module;
  readonly #options: SpaprDriverOptions;

  constructor(options: SpaprDriverOptions) {
    this.owner = options.owner;
    this.#options = options;
  }

  /** @throws EINVAL when asked for anything but its two types; ENOMEM by fault */
  open(argument: number): TceContainer {
    const { kernel, hardware, faults } = this.#options;
    if (argument !== VFIO_SPAPR_TCE_IOMMU && argument !== VFIO_SPAPR_TCE_v2_IOMMU) {
      kernel.log.error('tce_vfio: Wrong IOMMU type');
      throw kernelError('EINVAL');
    }
    kernel.faults.checkAllocation();
    const isV2 = argument === VFIO_SPAPR_TCE_v2_IOMMU;
    return new TceContainer({ kernel, isV2, hardware, faults });
  }

  release(container: TceContainer): void {
    releaseContainer(container);
  }

  attachGroup(container: TceContainer, group: IommuGroup): number {
    attachGroup(container, group);
    return 0;
  }

  detachGroup(container: TceContainer, group: IommuGroup): void {
    detachGroup(container, group);
  }

  /** @throws ENOTTY for requests that are not its own, and whatever the request throws */
  ioctl(
    container: TceContainer | undefined,
    task: Task,
    command: number,
    argument: number,
  ): number {
    if (command === VFIO_CHECK_EXTENSION) return this.#checkExtension(argument);
    if (container === undefined) throw kernelError('ENOTTY');
    // One process must not work on another's memory.
    container.checkOwner(task);
    switch (command) {
      case VFIO_IOMMU_SPAPR_TCE_GET_INFO:
        return getInfo(container, task, argument);
      case VFIO_IOMMU_MAP_DMA:
        return mapDma(container, task, argument);
      case VFIO_IOMMU_UNMAP_DMA:
        return unmapDma(container, task, argument);
      case VFIO_EEH_PE_OP:
        return eehOperation(container, task, argument);
      default:
        return container.isV2
          ? requestOfV2(container, task, command, argument)
          : requestOfV1(container, task, command);
    }
  }

  #checkExtension(extension: number): number {
    switch (extension) {
      case VFIO_SPAPR_TCE_IOMMU:
      case VFIO_SPAPR_TCE_v2_IOMMU:
        return 1;
      case VFIO_EEH:
        return this.#options.hardware.hasEeh ? 1 : 0;
      default:
        return 0;
    }
  }
}

function requestOfV1(container: TceContainer, task: Task, command: number): number {
  switch (command) {
    case VFIO_IOMMU_ENABLE:
      return enable(container, task);
    case VFIO_IOMMU_DISABLE:
      return disable(container);
    default:
      throw kernelError('ENOTTY');
  }
}

function requestOfV2(
  container: TceContainer,
  task: Task,
  command: number,
  argument: number,
): number {
  switch (command) {
    case VFIO_IOMMU_SPAPR_REGISTER_MEMORY:
      return registerMemory(container, task, argument);
    case VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY:
      return unregisterMemory(container, task, argument);
    case VFIO_IOMMU_SPAPR_TCE_CREATE:
      return createWindow(container, task, argument);
    case VFIO_IOMMU_SPAPR_TCE_REMOVE:
      return removeWindow(container, task, argument);
    default:
      throw kernelError('ENOTTY');
  }
}
