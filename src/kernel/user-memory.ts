/**
 * The memory of whoever makes a system call, and the checked ways to touch it. Addresses are JS
 * numbers: user addresses have 47 bits. A register that holds more arrives here rounded and out of
 * range, which is as invalid as it was before.
 */
import { kernelError } from './error.js';
import type { Kernel } from './kernel.js';
import { textOfBytes } from './recent-text.js';
import type { Task } from './task.js';

/**
 * An address space (`struct mm_struct`). Mappings made for DMA belong to it, not to a process: it
 * is shared by threads and `CLONE_VM` children, and left behind by `execve`.
 */
export interface UserMemory {
  /** Copies `target.length` bytes in. False: some byte is not readable. */
  read(address: number, target: Uint8Array): boolean;
  /** Copies bytes out. False: some byte is not writable; bytes before it may have been written. */
  write(address: number, source: Uint8Array): boolean;
  /**
   * Checks that pages can be pinned for DMA: mapped, and writable if `writable`.
   * @returns the number of pages that count as locked (not the zero page, not device memory), or
   *   undefined when some page can't be pinned
   */
  pin(address: number, length: number, writable: boolean): PinnedPages | undefined;
  /** Pages locked by VFIO in this memory (`locked_vm`); shown as VmLck. */
  lockedPages: number;
  /** Pages locked by other means (mlock), which count against the same limit. Default: none. */
  mlockedPages?(): number;
}

/** What pinning found. */
export interface PinnedPages {
  /** Pages that count against RLIMIT_MEMLOCK. */
  readonly countedPages: number;
}

/** Copies from user memory. @throws EFAULT */
export function copyFromUser(
  kernel: Kernel,
  task: Task,
  address: number,
  target: Uint8Array,
): void {
  if (kernel.faults.hit('copy_from_user') || !task.memory.read(address, target)) {
    throw kernelError('EFAULT');
  }
}

/** Copies to user memory. @throws EFAULT */
export function copyToUser(kernel: Kernel, task: Task, address: number, source: Uint8Array): void {
  if (kernel.faults.hit('copy_to_user') || !task.memory.write(address, source)) {
    throw kernelError('EFAULT');
  }
}

const word = new Uint8Array(4);
const wordView = new DataView(word.buffer);

/** Reads one 32-bit signed integer (`get_user`). @throws EFAULT */
export function getUserInt(kernel: Kernel, task: Task, address: number): number {
  if (kernel.faults.hit('get_user') || !task.memory.read(address, word)) {
    throw kernelError('EFAULT');
  }
  return wordView.getInt32(0, true);
}

/** Enough for a PCI device's name in one go. */
const CHUNK = 32;
const chunk = new Uint8Array(CHUNK);

/**
 * Copies a NUL-terminated string of fewer than `limit` bytes, byte for character (`strndup_user`).
 * @throws EFAULT when memory ends before the string does, EINVAL when it is too long
 */
export function copyStringFromUser(
  kernel: Kernel,
  task: Task,
  address: number,
  limit: number,
): string {
  kernel.faults.check('strndup_user', 'ENOMEM');
  let text = '';
  for (let at = address; text.length < limit; ) {
    // Never across a page boundary: the string may end just before an unmapped page.
    const wanted = Math.min(CHUNK, PAGE - (at % PAGE), limit - text.length);
    const got = readAsFarAsMapped(
      task.memory,
      at,
      wanted === CHUNK ? chunk : chunk.subarray(0, wanted),
    );
    const end = endOfText(chunk, got);
    text += textOfBytes(chunk, end);
    if (end < got) return text;
    if (got < wanted) throw kernelError('EFAULT');
    at += got;
  }
  throw kernelError('EINVAL');
}

/** Where the first NUL is; `length` when there is none before. */
function endOfText(bytes: Uint8Array, length: number): number {
  let end = 0;
  while (end < length && bytes[end] !== 0) end += 1;
  return end;
}

const PAGE = 4096;

/** Memory may end within a page where it is not made of pages (in-process memory, tests). */
function readAsFarAsMapped(memory: UserMemory, address: number, target: Uint8Array): number {
  if (memory.read(address, target)) return target.length;
  let length = 0;
  while (
    length < target.length &&
    memory.read(address + length, target.subarray(length, length + 1))
  ) {
    length += 1;
  }
  return length;
}
