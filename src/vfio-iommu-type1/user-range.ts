/** Checks of 64-bit ranges that requests are made of. */

const ADDRESS_SPACE = 1n << 64n;
/** Addresses below are a program's, those from here on the kernel's (`TASK_SIZE_MAX`, x86-64). */
const USER_END = (1n << 47n) - 4096n;

/** Whether [start, start + size), not empty, goes past the end of the 64-bit address space. */
export function wraps(start: bigint, size: bigint): boolean {
  return start + size > ADDRESS_SPACE;
}

/** Whether a range could be a program's memory, mapped or not (`access_ok`). */
export function isUserRange(start: bigint, size: bigint): boolean {
  return start + size <= USER_END;
}
