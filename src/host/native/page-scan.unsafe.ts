// How many pages of a range a process really has: PAGEMAP_SCAN of /proc/<pid>/pagemap (Linux 6.7).
// linux/fs.h, Documentation/admin-guide/mm/pagemap.rst

import { libc } from './libc.unsafe.js';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from './linux-constants.js';
import { NativeBuffer } from './native-buffer.unsafe.js';

const PAGEMAP_SCAN = 0xc0606610; // _IOWR('f', 16, struct pm_scan_arg)
const PAGE_IS_PRESENT = 1n << 3n;
const PAGE_IS_SWAPPED = 1n << 4n;
const PAGE_IS_PFNZERO = 1n << 5n;
const pageSize = 4096n;
const argumentLength = 96;
const regionLength = 24; // struct page_region { u64 start, end, categories; }
const regionCount = 512;

/**
 * Pages of [start, end) that are in memory or swapped out, the shared page of zeros left out.
 * @returns the number, or -errno: -ENOTTY where the kernel can't tell
 */
export function countPopulatedPages(pid: number, start: number, end: number): number {
  const { openat, ioctl, close } = libc();
  const fd = openat(AT_FDCWD, `/proc/${pid}/pagemap`, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fd;
  using memory = NativeBuffer.allocate(argumentLength + regionLength * regionCount);
  const { u64, address } = memory;
  let pages = 0n;
  let at = BigInt(start);
  while (at < BigInt(end)) {
    // size, flags, start, end, walk_end, vec, vec_len, max_pages, category_inverted, category_mask,
    // category_anyof_mask, return_mask
    u64.set(
      [
        BigInt(argumentLength),
        0n,
        at,
        BigInt(end),
        0n,
        BigInt(address + argumentLength),
        BigInt(regionCount),
        0n,
        PAGE_IS_PFNZERO,
        PAGE_IS_PFNZERO,
        PAGE_IS_PRESENT | PAGE_IS_SWAPPED,
        PAGE_IS_PRESENT,
      ],
      0,
    );
    const regions = ioctl(fd, PAGEMAP_SCAN, address);
    if (regions < 0) {
      close(fd);
      return regions;
    }
    for (let i = 0; i < regions; i++) {
      const region = (argumentLength + i * regionLength) / 8;
      pages += ((u64[region + 1] ?? 0n) - (u64[region] ?? 0n)) / pageSize;
    }
    const walkedTo = u64[4] ?? 0n;
    if (walkedTo <= at) break;
    at = walkedTo;
  }
  close(fd);
  return Number(pages);
}
