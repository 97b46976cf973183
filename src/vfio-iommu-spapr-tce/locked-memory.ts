/** Memory that counts against RLIMIT_MEMLOCK (`account_locked_vm`). */
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { PAGE_SIZE } from '../uapi/file.js';

/**
 * Counts pages as locked by the calling task.
 * @throws ENOMEM over the limit, unless the task may lock memory at will
 */
export function lockPages(task: Task, pages: number): void {
  const { memory } = task;
  const limit = Math.floor(task.memlockLimit / PAGE_SIZE);
  if (limit < Infinity && !task.credentials.ipcLock) {
    const locked = memory.lockedPages + (memory.mlockedPages?.() ?? 0);
    if (locked + pages > limit) throw kernelError('ENOMEM');
  }
  memory.lockedPages += pages;
}
