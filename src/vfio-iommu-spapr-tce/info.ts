/** VFIO_IOMMU_SPAPR_TCE_GET_INFO: where the window below 4 GiB is, and which more can be made. */
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser, copyToUser } from '../kernel/user-memory.js';
import { SpaprTceInfo, VFIO_IOMMU_SPAPR_INFO_DDW } from '../uapi/vfio-spapr.js';
import type { TceContainer } from './tce-container.js';

const MINIMUM_SIZE = SpaprTceInfo.endOf('dma32WindowSize');

/** @throws ENXIO without a group; EFAULT; EINVAL */
export function getInfo(container: TceContainer, task: Task, argument: number): number {
  const { kernel, hardware, isV2 } = container;
  if (container.groups.size === 0) throw kernelError('ENXIO');
  const view = SpaprTceInfo.create();
  const bytes = new Uint8Array(view.buffer);
  copyFromUser(kernel, task, argument, bytes.subarray(0, MINIMUM_SIZE));
  const { argsz } = SpaprTceInfo.decode(view);
  if (argsz < MINIMUM_SIZE) throw kernelError('EINVAL');
  const hasWindows = isV2 && hardware.dynamicWindows > 0;
  SpaprTceInfo.encode(view, {
    flags: hasWindows ? VFIO_IOMMU_SPAPR_INFO_DDW : 0,
    dma32WindowStart: hardware.dma32WindowStart,
    dma32WindowSize: hardware.dma32WindowSize,
    ddwPgsizes: hasWindows
      ? hardware.pageSizes.reduce((mask, size) => mask | BigInt(size), 0n)
      : 0n,
    ddwMaxDynamicWindowsSupported: hasWindows ? hardware.dynamicWindows : 0,
    ddwLevels: hasWindows ? hardware.maximumLevels : 0,
  });
  const size = argsz >= SpaprTceInfo.size ? SpaprTceInfo.size : MINIMUM_SIZE;
  copyToUser(kernel, task, argument, bytes.subarray(0, size));
  return 0;
}
