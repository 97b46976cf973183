/**
 * Hands users the dirty pages of one mapping. Where the IOMMU does not tell which pages were written,
 * all of them count as dirty, every time.
 */
import { WORD_BITS } from '../iommu/dirty-log.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser, copyToUser } from '../kernel/user-memory.js';
import type { Type1Iommu } from './type1-iommu.js';

/** What is wanted. */
export interface DirtyReport {
  /** The mapping. */
  readonly entry: number;
  /** The page that the bitmap's first bit stands for; the mapping begins there or behind. */
  readonly page: number;
  /** Where the bitmap is in the user's memory. */
  readonly address: number;
}

/**
 * Puts the mapping's bits into the user's bitmap. Bits of an earlier mapping in the same word stay;
 * what is behind the mapping in its last word is overwritten.
 *
 * Linux shifts the mapping's own bitmap to where its bits belong, and clears only as many bits again
 * as the mapping has pages: those shifted past its end show in later reports. So they do here.
 * @throws EFAULT
 */
export function reportDirty(
  iommu: Type1Iommu,
  task: Task,
  { entry, page, address }: DirtyReport,
): void {
  const { kernel, dirtyLog, domain } = iommu;
  if (dirtyLog === undefined) return;
  const start = domain.mappings.start(entry);
  const bits = domain.mappings.pages(entry);
  const bitmap = dirtyLog.bitmap(start, bits);
  if (!iommu.tracksWrites) bitmap.set(0, bits);
  const offset = start - page;
  const shift = offset % WORD_BITS;
  const target = address + ((offset - shift) / WORD_BITS) * (WORD_BITS / 8);
  if (shift > 0) {
    bitmap.shiftUp(shift, bits + shift);
    const earlier = new Uint8Array(WORD_BITS / 8);
    copyFromUser(kernel, task, target, earlier);
    bitmap.merge(earlier, shift);
  }
  copyToUser(kernel, task, target, bitmap.bytes(bits + shift));
}

/** Begins anew after a report: none of the mapping's pages is known to be dirty. */
export function clearDirty(iommu: Type1Iommu, entry: number): void {
  const { dirtyLog, domain } = iommu;
  if (dirtyLog === undefined) return;
  const start = domain.mappings.start(entry);
  const bits = domain.mappings.pages(entry);
  const bitmap = dirtyLog.bitmap(start, bits);
  bitmap.clear(bits);
  if (bitmap.isEmpty) dirtyLog.delete(start);
  // Whoever has kept a translation for writing has to ask again, to be noted.
  domain.invalidate();
}
