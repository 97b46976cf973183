/** VFIO_IOMMU_MAP_DMA and VFIO_IOMMU_UNMAP_DMA on a sPAPR container: entries of its windows. */
import { pageOfIova } from '../iommu/iova.js';
import { IOMMU_READ, IOMMU_WRITE } from '../iommu/paging-domain.js';
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser } from '../kernel/user-memory.js';
import { PAGE_SIZE } from '../uapi/file.js';
import { DmaMap, DmaUnmap, VFIO_DMA_MAP_FLAG_READ, VFIO_DMA_MAP_FLAG_WRITE } from '../uapi/vfio.js';
import { forEachRegion } from './registered-memory.js';
import type { TceContainer } from './tce-container.js';
import { isInWindow, type TceTable } from './tce-table.js';
import { createDefaultWindow } from './windows.js';

const ACCESS_FLAGS = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;

/**
 * Maps memory of the caller. What was mapped there before is replaced.
 * @throws EPERM unless enabled; EFAULT; EINVAL, also for memory that is not registered (v2); ENXIO
 *   outside the windows
 */
export function mapDma(container: TceContainer, task: Task, argument: number): number {
  if (!container.isEnabled) throw kernelError('EPERM');
  const view = DmaMap.create();
  copyFromUser(container.kernel, task, argument, new Uint8Array(view.buffer));
  const { argsz, flags, vaddr, iova, size } = DmaMap.decode(view);
  if (argsz < DmaMap.size || (flags & ~ACCESS_FLAGS) !== 0) throw kernelError('EINVAL');
  createDefaultWindow(container, task);
  const table = container.findTable(iova);
  if (table === undefined) throw kernelError('ENXIO');
  if (((size | vaddr) & maskOf(table)) !== 0n || flags === 0) throw kernelError('EINVAL');
  checkRange(table, iova, size);
  if (size === 0n) return 0;

  const range = { address: Number(vaddr), size: Number(size) };
  const isWritable = (flags & VFIO_DMA_MAP_FLAG_WRITE) !== 0;
  if (container.isV2) checkRegistered(container, table, range);
  else if (task.memory.pin(range.address, range.size, isWritable) === undefined) {
    throw kernelError('EFAULT');
  }
  container.clear(iova, size);
  if (container.isV2) {
    forEachRegion(container, range, (region, bytes) => {
      region.mappedBytes += bytes;
    });
  }
  const isReadable = (flags & VFIO_DMA_MAP_FLAG_READ) !== 0;
  container.domain.map({
    page: pageOfIova(iova),
    pages: pageOfIova(size),
    memory: task.memory,
    memoryPage: range.address / PAGE_SIZE,
    permissions: (isReadable ? IOMMU_READ : 0) | (isWritable ? IOMMU_WRITE : 0),
  });
  return 0;
}

/** @throws EPERM unless enabled; EFAULT; EINVAL; ENXIO outside the windows. `size` stays as it is */
export function unmapDma(container: TceContainer, task: Task, argument: number): number {
  if (!container.isEnabled) throw kernelError('EPERM');
  const view = DmaUnmap.create();
  copyFromUser(container.kernel, task, argument, new Uint8Array(view.buffer));
  const { argsz, flags, iova, size } = DmaUnmap.decode(view);
  if (argsz < DmaUnmap.size || flags !== 0) throw kernelError('EINVAL');
  createDefaultWindow(container, task);
  const table = container.findTable(iova);
  if (table === undefined) throw kernelError('ENXIO');
  if ((size & maskOf(table)) !== 0n) throw kernelError('EINVAL');
  checkRange(table, iova, size);
  container.clear(iova, size);
  return 0;
}

function maskOf({ pageShift }: TceTable): bigint {
  return (1n << BigInt(pageShift)) - 1n;
}

/** @throws EINVAL unless the range is made of entries of the table */
function checkRange(table: TceTable, iova: bigint, size: bigint): void {
  if ((iova & maskOf(table)) !== 0n) throw kernelError('EINVAL');
  if (size > 0n && !isInWindow(table, iova + size - 1n)) throw kernelError('EINVAL');
}

/**
 * Each page of the table must be within one region of registered memory.
 * @throws EINVAL where there is none; EFAULT where it is not aligned as such pages are
 */
function checkRegistered(
  { regions }: TceContainer,
  { pageShift }: TceTable,
  { address, size }: { address: number; size: number },
): void {
  const pageSize = 2 ** pageShift;
  for (let at = address; at < address + size; ) {
    const region = [...regions].find(
      (each) => each.address <= at && at + pageSize <= each.address + each.size,
    );
    if (region === undefined) throw kernelError('EINVAL');
    if (region.address % pageSize !== 0 || region.size % pageSize !== 0)
      throw kernelError('EFAULT');
    at = region.address + region.size;
  }
}
