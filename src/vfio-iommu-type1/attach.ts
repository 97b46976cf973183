/** Groups come to a container and leave it. All groups of a container share its domain. */
import type { Iommu } from '../iommu/iommu.js';
import type { IommuGroup } from '../iommu/iommu-group.js';
import { type IovaRange, intersectRanges, rangesContain } from '../iommu/iova-ranges.js';
import { NONE } from '../iommu/page-index.js';
import { kernelError } from '../kernel/error.js';
import type { Type1Iommu } from './type1-iommu.js';

/** What decides whether a group may be attached. */
export interface AttachOptions {
  /** The IOMMU that the group is behind. */
  readonly iommu: Iommu;
  readonly allowUnsafeInterrupts: boolean;
}

/**
 * @throws EBUSY while addresses are invalid; EINVAL when the group is attached already, nesting is
 *   wanted and not to be had, or something is mapped that its IOMMU can't translate; EPERM when its
 *   interrupts are not remapped
 */
export function attachGroup(
  container: Type1Iommu,
  group: IommuGroup,
  options: AttachOptions,
): void {
  const { kernel, groups } = container;
  const { iommu } = options;
  if (container.invalidVaddrs > 0) throw kernelError('EBUSY');
  if (groups.has(group)) throw kernelError('EINVAL');
  kernel.faults.checkAllocation();
  if (container.isNesting && !iommu.hasNesting) throw kernelError('EINVAL');
  const ranges =
    groups.size === 0
      ? iommu.validRanges
      : intersectRanges(container.validRanges, iommu.validRanges);
  if (!containsMappings(container, ranges)) throw kernelError('EINVAL');
  if (!options.allowUnsafeInterrupts && !iommu.hasInterruptRemapping) {
    kernel.log.warning(
      'vfio_iommu_type1_attach_group: No interrupt remapping support.  Use the module param ' +
        '"allow_unsafe_interrupts" to enable VFIO IOMMU support on this platform',
    );
    throw kernelError('EPERM');
  }
  groups.set(group, iommu);
  group.domain = container.domain;
  limitsChanged(container);
}

/** With the last group all mappings go. */
export function detachGroup(container: Type1Iommu, group: IommuGroup): void {
  if (!container.groups.delete(group)) return;
  group.domain = undefined;
  if (container.groups.size === 0) container.removeAllMappings();
  limitsChanged(container);
}

function limitsChanged(container: Type1Iommu): void {
  container.updateLimits();
  if (container.dirtyLog !== undefined) container.updateDirtyTracking();
}

/** Whether all that is mapped is within the ranges. */
function containsMappings({ domain }: Type1Iommu, ranges: readonly IovaRange[]): boolean {
  const { mappings } = domain;
  for (let entry = mappings.firstFrom(0); entry !== NONE; entry = mappings.next(entry)) {
    if (!rangesContain(ranges, mappings.start(entry), mappings.end(entry))) return false;
  }
  return true;
}
