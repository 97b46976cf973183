/**
 * Locked memory: what a process has pinned counts against its RLIMIT_MEMLOCK, unless it may lock
 * memory at will (CAP_IPC_LOCK). Every mapping counts its pages, also those that another mapping or
 * mlock counts already; the zero page and device memory count nothing.
 */
import { kernelError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Task } from '../kernel/task.js';
import type { UserMemory } from '../kernel/user-memory.js';
import { PAGE_SIZE } from '../uapi/file.js';

/** Memory to pin for DMA. */
export interface PinRequest {
  readonly address: number;
  readonly pages: number;
  /** Whether devices will write it. */
  readonly isWritable: boolean;
}

/**
 * Pins memory of the calling task and counts its pages as locked.
 * @returns how many pages count; to be given back with `unlockPages`
 * @throws ENOMEM when the limit is reached before a page that can't be pinned; else EFAULT
 */
export function pinAndLock(kernel: Kernel, task: Task, request: PinRequest): number {
  const { address, pages, isWritable } = request;
  const { memory } = task;
  const pinned = memory.pin(address, pages * PAGE_SIZE, isWritable);
  const counted = pinned?.countedPages ?? 0;
  const room = roomToLock(task);
  // A page that can't be pinned is only found by those whose limit is not reached before it.
  if (
    room < Infinity &&
    (pinned === undefined ? locksBeforeFault(memory, request) : counted) > room
  ) {
    const limit = Math.floor(task.memlockLimit / PAGE_SIZE) * PAGE_SIZE;
    kernel.log.warning(`vfio_pin_pages_remote: RLIMIT_MEMLOCK (${limit}) exceeded`);
    throw kernelError('ENOMEM');
  }
  if (pinned === undefined) throw kernelError('EFAULT');
  memory.lockedPages += counted;
  kernel.diagnostics.lockedMemory.publish?.({
    memory,
    lockedPages: memory.lockedPages,
    limitPages: room === Infinity ? Infinity : memory.lockedPages - counted + room,
  });
  return counted;
}

/**
 * Counts pages that are pinned already as locked by the calling task.
 * @throws ENOMEM over the limit
 */
export function lockPages(task: Task, pages: number): void {
  if (pages > 0 && pages > roomToLock(task)) throw kernelError('ENOMEM');
  task.memory.lockedPages += pages;
}

/** Gives back what was counted as locked. */
export function unlockPages(memory: UserMemory, pages: number): void {
  memory.lockedPages -= pages;
}

/** How many pages more a task may lock; not below 0. */
function roomToLock(task: Task): number {
  const limit = Math.floor(task.memlockLimit / PAGE_SIZE);
  if (limit === Infinity || task.credentials.ipcLock) return Infinity;
  const { memory } = task;
  return Math.max(0, limit - memory.lockedPages - (memory.mlockedPages?.() ?? 0));
}

/** How many pages are counted up to the first that can't be pinned: found by halving. */
function locksBeforeFault(memory: UserMemory, { address, pages, isWritable }: PinRequest): number {
  let counted = 0;
  let good = 0;
  for (let bad = pages; bad - good > 1; ) {
    const middle = Math.floor((good + bad) / 2);
    const pinned = memory.pin(address, middle * PAGE_SIZE, isWritable);
    if (pinned === undefined) bad = middle;
    else {
      good = middle;
      counted = pinned.countedPages;
    }
  }
  return counted;
}
