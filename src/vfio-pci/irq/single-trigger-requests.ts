/** SET_IRQS with the trigger action on ERR and REQ. */
import { kernelError } from '../../kernel/error.js';
import type { Task } from '../../kernel/task.js';
import { holdEventFd } from './held-event-fd.js';
import type { IrqRequest } from './set-irqs.js';
import type { SingleTrigger } from './single-trigger.js';

/**
 * Sets, removes or tests the eventfd.
 * @throws EINVAL for no interrupt, or nothing set where something must be; EBADF of eventfds
 */
export function triggerSingle(trigger: SingleTrigger, task: Task, request: IrqRequest): void {
  const { count, data } = request;
  if (data.type === 'none') {
    if (!trigger.isSet) throw kernelError('EINVAL');
    if (count === 0) trigger.set(undefined);
    else trigger.signal();
    return;
  }
  if (count === 0) throw kernelError('EINVAL');
  if (data.type === 'bool') {
    if (data.values[0] !== 0) trigger.signal();
    return;
  }
  const fd = data.fds[0] ?? -1;
  // Numbers below −1 are neither a descriptor nor "none": nothing happens.
  if (fd >= -1) trigger.set(holdEventFd(task, fd));
}
