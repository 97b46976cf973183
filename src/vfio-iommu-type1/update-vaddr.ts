/**
 * VFIO_UPDATE_VADDR: a program that is replaced (`execve`) or moves its memory says so first, and
 * afterwards where the same memory is now. Devices keep their access meanwhile.
 */
import { NONE } from '../iommu/page-index.js';
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { PAGE_SIZE } from '../uapi/file.js';
import { lockPages, unlockPages } from './locked-memory.js';
import { isVaddrInvalid, lockedPages, mappingState } from './mapping-state.js';
import type { Type1Iommu } from './type1-iommu.js';

/** Where a mapping's memory is now. */
export interface NewVaddr {
  readonly page: number;
  readonly pages: number;
  readonly address: number;
}

/**
 * Sets the address of a mapping whose address is invalid, in the caller's memory, which takes over
 * the locked pages.
 * @throws ENOENT when nothing is mapped there; EINVAL when it is another range or its address is
 *   valid; ENOMEM when the caller may not lock so much
 */
export function setVaddr(iommu: Type1Iommu, task: Task, { page, pages, address }: NewVaddr): void {
  const { domain } = iommu;
  const { mappings } = domain;
  const entry = mappings.findOverlap(page, pages);
  if (entry === NONE) throw kernelError('ENOENT');
  const state = mappings.attachment(entry);
  const isExact = mappings.start(entry) === page && mappings.pages(entry) === pages;
  if (!isVaddrInvalid(state) || !isExact) throw kernelError('EINVAL');
  const locked = lockedPages(state);
  const before = domain.memoryOf(entry);
  if (before !== task.memory) {
    lockPages(task, locked);
    unlockPages(before, locked);
  }
  domain.redirect(entry, task.memory, address / PAGE_SIZE);
  mappings.setAttachment(entry, mappingState(locked, false));
  iommu.invalidVaddrs -= 1;
}

/**
 * Makes the addresses of all mappings that begin in [page, end) invalid.
 * @param first the first of them
 * @returns their size in pages
 * @throws EINVAL when one of them is invalid already; then nothing has changed
 */
export function invalidateVaddrs(iommu: Type1Iommu, first: number, end: number): number {
  const { mappings } = iommu.domain;
  const entries: number[] = [];
  for (let entry = first; entry !== NONE; entry = mappings.next(entry)) {
    if (mappings.start(entry) >= end) break;
    if (isVaddrInvalid(mappings.attachment(entry))) throw kernelError('EINVAL');
    entries.push(entry);
  }
  let pages = 0;
  for (const entry of entries) {
    const locked = lockedPages(mappings.attachment(entry));
    mappings.setAttachment(entry, mappingState(locked, true));
    pages += mappings.pages(entry);
  }
  iommu.invalidVaddrs += entries.length;
  return pages;
}
