/** pread and pwrite of configuration space: all or nothing, in accesses within one capability. */
import { kernelError } from '../../kernel/error.js';
import type { Task } from '../../kernel/task.js';
import { copyFromUser, copyToUser } from '../../kernel/user-memory.js';
import type { Session } from '../session.js';

/** @throws EFAULT past the end, across it, or for a bad buffer */
export function readConfig(
  { kernel, config }: Session,
  task: Task,
  address: number,
  count: number,
  offset: number,
): number {
  if (offset + count > config.size) throw kernelError('EFAULT');
  const bytes = new Uint8Array(count);
  for (let done = 0; done < count; ) {
    const size = config.accessSize(offset + done, count - done);
    const value = config.read(offset + done, size);
    for (let i = 0; i < size; i++) bytes[done + i] = value >>> (8 * i);
    done += size;
  }
  copyToUser(kernel, task, address, bytes);
  return count;
}

/** @throws EFAULT past the end, across it, or for a bad buffer */
export function writeConfig(
  { kernel, config }: Session,
  task: Task,
  address: number,
  count: number,
  offset: number,
): number {
  if (offset + count > config.size) throw kernelError('EFAULT');
  const bytes = new Uint8Array(count);
  copyFromUser(kernel, task, address, bytes);
  for (let done = 0; done < count; ) {
    const size = config.accessSize(offset + done, count - done);
    let value = 0;
    for (let i = 0; i < size; i++) value |= (bytes[done + i] ?? 0) << (8 * i);
    config.write(offset + done, size, value >>> 0);
    done += size;
  }
  return count;
}
