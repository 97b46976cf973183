/** The bitmaps of dirty pages that users ask for (`struct vfio_bitmap`), and what they must be like. */
import { bytesOfBits } from '../iommu/dirty-log.js';
import { kernelError } from '../kernel/error.js';
import { isUserRange } from './user-range.js';

/** The most pages a bitmap is for (`DIRTY_BITMAP_PAGES_MAX`), and its size in bytes. */
export const MAXIMUM_BITMAP_PAGES = 2 ** 31 - 1;
export const MAXIMUM_BITMAP_SIZE = bytesOfBits(MAXIMUM_BITMAP_PAGES);

/** Where a bitmap is wanted. */
export interface BitmapRequest {
  /** Bytes that one bit stands for. */
  readonly pageSize: number;
  /** Where in the user's memory. */
  readonly address: number;
}

/**
 * Checks a user's description of a bitmap for a range of `rangeSize` bytes.
 * @throws EINVAL
 */
export function checkBitmap(
  { pgsize, size, data }: { pgsize: bigint; size: bigint; data: bigint },
  rangeSize: bigint,
): BitmapRequest {
  if (!isUserRange(data, size) || pgsize === 0n) throw kernelError('EINVAL');
  const smallest = pgsize & -pgsize;
  const pages = Number(rangeSize / smallest);
  const available = Number(size);
  if (pages === 0 || available === 0 || available > MAXIMUM_BITMAP_SIZE)
    throw kernelError('EINVAL');
  if (available < bytesOfBits(pages)) throw kernelError('EINVAL');
  return { pageSize: Number(pgsize), address: Number(data) };
}
