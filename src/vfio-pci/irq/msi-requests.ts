/** SET_IRQS with the trigger action on MSI and MSI-X. */
import { kernelError } from '../../kernel/error.js';
import type { Task } from '../../kernel/task.js';
import type { Irqs } from './irqs.js';
import type { MsiKind } from './msi.js';
import type { IrqRequest } from './set-irqs.js';

/** @throws EINVAL unless the state fits; ERANGE to enable no vectors; EBADF of eventfds */
export function triggerMsi(irqs: Irqs, task: Task, kind: MsiKind, request: IrqRequest): void {
  const { msi } = irqs;
  const { start, count, data } = request;
  const isEnabled = irqs.enabled === kind;
  if (isEnabled && count === 0 && data.type === 'none') {
    msi.disable();
    return;
  }
  if (!isEnabled && irqs.enabled !== undefined) throw kernelError('EINVAL');
  if (data.type === 'eventfd') {
    if (isEnabled) msi.setTriggers(task, start, data.fds);
    else enable(irqs, task, kind, start, data.fds);
    return;
  }
  if (!isEnabled || start + count > msi.count) throw kernelError('EINVAL');
  for (let i = 0; i < count; i++) {
    if (data.type === 'none' || data.values[i] !== 0) msi.signal(start + i);
  }
}

/** Vectors from 0 up to the last one named are allocated, those before `start` without eventfds. */
function enable(
  { msi }: Irqs,
  task: Task,
  kind: MsiKind,
  start: number,
  fds: readonly number[],
): void {
  msi.enable(kind, start + fds.length);
  try {
    msi.setTriggers(task, start, fds);
  } catch (error) {
    msi.disable();
    throw error;
  }
}
