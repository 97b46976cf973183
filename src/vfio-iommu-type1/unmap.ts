/**
 * VFIO_IOMMU_UNMAP_DMA. TYPE1v2 unmaps whole mappings or nothing: a range that would cut one is
 * refused. TYPE1 unmaps each mapping that begins in the range, whole, up to the first that a cut
 * would leave the beginning of.
 */
import { IOVA_PAGES, iovaOfPage, pageOfIova } from '../iommu/iova.js';
import { NONE } from '../iommu/page-index.js';
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser, copyToUser } from '../kernel/user-memory.js';
import {
  DirtyBitmap,
  DmaUnmap,
  VFIO_DMA_UNMAP_FLAG_ALL,
  VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP,
  VFIO_DMA_UNMAP_FLAG_VADDR,
} from '../uapi/vfio.js';
import { type BitmapRequest, checkBitmap } from './bitmap-request.js';
import { reportDirty } from './report-dirty.js';
import type { Type1Iommu } from './type1-iommu.js';
import { invalidateVaddrs } from './update-vaddr.js';
import { wraps } from './user-range.js';

const KNOWN_FLAGS =
  VFIO_DMA_UNMAP_FLAG_ALL | VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP | VFIO_DMA_UNMAP_FLAG_VADDR;

const view = DmaUnmap.create();
const bytes = new Uint8Array(view.buffer);

/** @throws EFAULT, EINVAL. On success `size` says how much was unmapped, in bytes. */
export function unmapDma(iommu: Type1Iommu, task: Task, argument: number): number {
  const { kernel } = iommu;
  copyFromUser(kernel, task, argument, bytes);
  const { argsz, flags, iova, size } = DmaUnmap.decode(view);
  if (argsz < DmaUnmap.size || (flags & ~KNOWN_FLAGS) !== 0) throw kernelError('EINVAL');
  const isAll = (flags & VFIO_DMA_UNMAP_FLAG_ALL) !== 0;
  const isVaddr = (flags & VFIO_DMA_UNMAP_FLAG_VADDR) !== 0;
  const getsDirty = (flags & VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP) !== 0;
  if (getsDirty && (isAll || isVaddr)) throw kernelError('EINVAL');
  const bitmap = getsDirty ? readBitmap(iommu, task, { argument, argsz, size }) : undefined;

  const alignment = BigInt(iommu.pageSize - 1);
  if ((iova & alignment) !== 0n) throw kernelError('EINVAL');
  if (isAll) {
    if (iova !== 0n || size !== 0n) throw kernelError('EINVAL');
  } else if (size === 0n || (size & alignment) !== 0n || wraps(iova, size)) {
    throw kernelError('EINVAL');
  }
  const page = pageOfIova(iova);
  const end = isAll ? IOVA_PAGES : page + pageOfIova(size);
  if (iommu.isV2) checkCuts(iommu, page, end);

  let unmapped: number;
  if (isVaddr) unmapped = invalidateVaddrs(iommu, firstToUnmap(iommu, page, end), end);
  else if (isAll) unmapped = unmapAll(iommu);
  else unmapped = unmapRange(iommu, task, { page, end, bitmap });
  DmaUnmap.encode(view, { size: iovaOfPage(unmapped) });
  copyToUser(kernel, task, argument, bytes);
  return 0;
}

/** The first mapping of a range. NONE: there is none, or it begins before the range (TYPE1 stops there). */
function firstToUnmap({ domain }: Type1Iommu, page: number, end: number): number {
  const first = domain.mappings.findOverlap(page, end - page);
  return first !== NONE && domain.mappings.start(first) < page ? NONE : first;
}

/** @throws EINVAL when a mapping reaches over an end of [page, end) */
export function checkCuts(iommu: Type1Iommu, page: number, end: number): void {
  const { mappings } = iommu.domain;
  const first = mappings.find(page);
  if (first !== NONE && mappings.start(first) !== page) throw kernelError('EINVAL');
  const last = mappings.find(end - 1);
  if (last !== NONE && mappings.end(last) !== end) throw kernelError('EINVAL');
}

interface UnmapRange {
  readonly page: number;
  readonly end: number;
  readonly bitmap: BitmapRequest | undefined;
}

/** @throws EFAULT when the bitmap can't be written; what came before is unmapped */
function unmapRange(iommu: Type1Iommu, task: Task, { page, end, bitmap }: UnmapRange): number {
  const { mappings } = iommu.domain;
  let unmapped = 0;
  for (let at = page; at < end; ) {
    const entry = firstToUnmap(iommu, at, end);
    if (entry === NONE) break;
    at = mappings.end(entry);
    if (bitmap !== undefined) reportDirty(iommu, task, { entry, page, address: bitmap.address });
    unmapped += iommu.removeMapping(entry);
  }
  return unmapped;
}

function unmapAll(iommu: Type1Iommu): number {
  const { mappings } = iommu.domain;
  let unmapped = 0;
  for (let entry = mappings.firstFrom(0); entry !== NONE; entry = mappings.next(entry)) {
    unmapped += mappings.pages(entry);
  }
  iommu.removeAllMappings();
  return unmapped;
}

interface UnmapWithBitmap {
  readonly argument: number;
  readonly argsz: number;
  /** Of the range, in bytes. */
  readonly size: bigint;
}

/** Reads the bitmap's description, which follows the struct. @throws EINVAL, EFAULT */
function readBitmap(
  iommu: Type1Iommu,
  task: Task,
  { argument, argsz, size }: UnmapWithBitmap,
): BitmapRequest {
  if (argsz < DmaUnmap.size + DirtyBitmap.size) throw kernelError('EINVAL');
  const description = DirtyBitmap.create();
  const target = new Uint8Array(description.buffer);
  copyFromUser(iommu.kernel, task, argument + DmaUnmap.size, target);
  const bitmap = checkBitmap(DirtyBitmap.decode(description), size);
  if (iommu.dirtyLog === undefined || bitmap.pageSize !== iommu.pageSize) {
    throw kernelError('EINVAL');
  }
  return bitmap;
}
