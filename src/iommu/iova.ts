/**
 * I/O virtual addresses as numbers. They have 64 bits, more than a JavaScript number holds exactly:
 * inside, an address is a page number (52 bits) and an offset in the page. `bigint` is for the edge.
 */
import { PAGE_SHIFT, PAGE_SIZE } from '../uapi/file.js';

/** Pages in the whole 64-bit address space: the page number behind the last. */
export const IOVA_PAGES = 2 ** (64 - PAGE_SHIFT);

/** Page numbers that fit the upper half of an address. */
const PAGES_IN_4_GIB = 2 ** (32 - PAGE_SHIFT);

/** Taking an address apart in memory is several times faster than by `bigint` arithmetic. */
const scratch = new DataView(new ArrayBuffer(8));

/** The number of the page an address is in. */
export function pageOfIova(iova: bigint): number {
  scratch.setBigUint64(0, iova, true);
  return scratch.getUint32(4, true) * PAGES_IN_4_GIB + (scratch.getUint32(0, true) >>> PAGE_SHIFT);
}

/** The offset of an address in its page. */
export function offsetOfIova(iova: bigint): number {
  scratch.setBigUint64(0, iova, true);
  return scratch.getUint32(0, true) & (PAGE_SIZE - 1);
}

/** The first address of a page. */
export function iovaOfPage(page: number): bigint {
  return BigInt(page) << BigInt(PAGE_SHIFT);
}
