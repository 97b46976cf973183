/** SET_IRQS on INTx. */
import { kernelError } from '../../kernel/error.js';
import type { Task } from '../../kernel/task.js';
import { holdEventFd } from './held-event-fd.js';
import type { Irqs } from './irqs.js';
import type { IrqRequest } from './set-irqs.js';

/** @throws EINVAL unless the state fits; ENOTTY for masking by eventfd; EBADF, EBUSY of eventfds */
export function setIntx(irqs: Irqs, task: Task, request: IrqRequest): void {
  if (request.action === 'mask') mask(irqs, request);
  else if (request.action === 'unmask') unmask(irqs, task, request);
  else trigger(irqs, task, request);
}

function mask({ intx }: Irqs, { start, count, data }: IrqRequest): void {
  if (!intx.isEnabled || start !== 0 || count !== 1) throw kernelError('EINVAL');
  if (data.type === 'eventfd') throw kernelError('ENOTTY');
  if (data.type === 'none' || data.values[0] !== 0) intx.mask();
}

function unmask({ intx }: Irqs, task: Task, { start, count, data }: IrqRequest): void {
  if (!intx.isEnabled || start !== 0 || count !== 1) throw kernelError('EINVAL');
  if (data.type === 'eventfd') {
    const fd = data.fds[0] ?? -1;
    if (fd >= 0) intx.setUnmaskEvent(task, fd);
    else intx.removeUnmaskEvent();
  } else if (data.type === 'none' || data.values[0] !== 0) intx.unmask();
}

function trigger(irqs: Irqs, task: Task, { start, count, data }: IrqRequest): void {
  const { intx } = irqs;
  if (intx.isEnabled && count === 0 && data.type === 'none') {
    intx.disable();
    return;
  }
  const isFree = intx.isEnabled || irqs.enabled === undefined;
  if (!isFree || start !== 0 || count !== 1) throw kernelError('EINVAL');
  if (data.type === 'eventfd') {
    const eventFd = holdEventFd(task, data.fds[0] ?? -1);
    if (intx.isEnabled) intx.setTrigger(eventFd);
    else intx.enable(eventFd);
    return;
  }
  if (!intx.isEnabled) throw kernelError('EINVAL');
  if (data.type === 'none' || data.values[0] !== 0) intx.signal();
}
