/** Eventfds as requests name them: a descriptor, or a negative number for none. */
import type { EventFd } from '../../kernel/event-fd.js';
import type { Task } from '../../kernel/task.js';

/**
 * Takes hold of the eventfd behind a descriptor; undefined for a negative one.
 * @throws EBADF when nothing is open there, EINVAL when it is no eventfd
 */
export function holdEventFd(task: Task, fd: number): EventFd | undefined {
  return fd < 0 ? undefined : task.files.getEventFd(fd);
}
