/** VFIO_IOMMU_DIRTY_PAGES: starts and stops the tracking of dirty pages, and asks for them. */
import { pageOfIova } from '../iommu/iova.js';
import { NONE } from '../iommu/page-index.js';
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser } from '../kernel/user-memory.js';
import {
  DirtyPages,
  DirtyPagesGet,
  VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP,
  VFIO_IOMMU_DIRTY_PAGES_FLAG_START,
  VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP,
} from '../uapi/vfio.js';
import { checkBitmap } from './bitmap-request.js';
import { clearDirty, reportDirty } from './report-dirty.js';
import type { Type1Iommu } from './type1-iommu.js';
import { checkCuts } from './unmap.js';

/** @throws EACCES on TYPE1, which has no tracking; EFAULT; EINVAL */
export function dirtyPages(iommu: Type1Iommu, task: Task, argument: number): number {
  if (!iommu.isV2) throw kernelError('EACCES');
  const view = DirtyPages.create();
  copyFromUser(iommu.kernel, task, argument, new Uint8Array(view.buffer));
  const { argsz, flags } = DirtyPages.decode(view);
  if (argsz < DirtyPages.size) throw kernelError('EINVAL');
  switch (flags) {
    case VFIO_IOMMU_DIRTY_PAGES_FLAG_START:
      if (iommu.dirtyLog === undefined) iommu.startDirtyLog();
      return 0;
    case VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP:
      iommu.stopDirtyLog();
      return 0;
    case VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP:
      return getBitmap(iommu, task, argument + DirtyPages.size, argsz - DirtyPages.size);
    default:
      throw kernelError('EINVAL');
  }
}

/** @throws EFAULT, EINVAL */
function getBitmap(iommu: Type1Iommu, task: Task, argument: number, dataSize: number): number {
  if (dataSize < DirtyPagesGet.size) throw kernelError('EINVAL');
  const view = DirtyPagesGet.create();
  copyFromUser(iommu.kernel, task, argument, new Uint8Array(view.buffer));
  const { iova, size, pgsize, bitmapSize, data } = DirtyPagesGet.decode(view);
  if (iova + size >= 1n << 64n) throw kernelError('EINVAL');
  const bitmap = checkBitmap({ pgsize, size: bitmapSize, data }, size);
  if (bitmap.pageSize !== iommu.pageSize) throw kernelError('EINVAL');
  const alignment = BigInt(iommu.pageSize - 1);
  if ((iova & alignment) !== 0n) throw kernelError('EINVAL');
  if (size === 0n || (size & alignment) !== 0n) throw kernelError('EINVAL');
  if (iommu.dirtyLog === undefined) throw kernelError('EINVAL');

  const page = pageOfIova(iova);
  const end = page + pageOfIova(size);
  checkCuts(iommu, page, end);
  const { mappings } = iommu.domain;
  let entry = mappings.findOverlap(page, end - page);
  for (; entry !== NONE && mappings.start(entry) < end; entry = mappings.next(entry)) {
    reportDirty(iommu, task, { entry, page, address: bitmap.address });
    clearDirty(iommu, entry);
  }
  return 0;
}
