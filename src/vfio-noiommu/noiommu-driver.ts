/**
 * The IOMMU driver of containers whose groups have no IOMMU: it translates nothing, and supports no request
 * but CHECK_EXTENSION (`VFIO_NOIOMMU_IOMMU` in `linux/vfio.h`).
 */
import type { IommuGroup } from '../iommu/iommu-group.js';
import { kernelError } from '../kernel/error.js';
import type { Module } from '../kernel/module.js';
import type { Task } from '../kernel/task.js';
import { VFIO_CHECK_EXTENSION, VFIO_NOIOMMU_IOMMU } from '../uapi/vfio.js';
import type { VfioIommuDriver } from '../vfio/index.js';

/** There is nothing to keep for a container. */
type NoIommu = 'no-iommu';

export class NoIommuDriver implements VfioIommuDriver<NoIommu> {
  readonly name = 'vfio-noiommu';
  readonly owner: Module;
  readonly #isEnabled: () => boolean;

  /** @param isEnabled whether the mode is on, now */
  constructor(owner: Module, isEnabled: () => boolean) {
    this.owner = owner;
    this.#isEnabled = isEnabled;
  }

  serves({ isTranslated }: IommuGroup): boolean {
    return !isTranslated;
  }

  /** @throws EINVAL for any other type */
  open(argument: number): NoIommu {
    if (argument !== VFIO_NOIOMMU_IOMMU) throw kernelError('EINVAL');
    return 'no-iommu';
  }

  release(): void {}

  /** @throws ENOTTY for everything but CHECK_EXTENSION: there is nothing to map to */
  ioctl(_data: NoIommu | undefined, _task: Task, command: number, argument: number): number {
    if (command !== VFIO_CHECK_EXTENSION) throw kernelError('ENOTTY');
    return argument === VFIO_NOIOMMU_IOMMU && this.#isEnabled() ? 1 : 0;
  }

  attachGroup(): number {
    return 0;
  }

  detachGroup(): void {}
}
