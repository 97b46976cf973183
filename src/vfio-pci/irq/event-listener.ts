/** An eventfd of the user's that makes the kernel do something (a virqfd): unmask, write a register. */
import type { EventFd } from '../../kernel/event-fd.js';
import { kernelError } from '../../kernel/error.js';
import type { Task } from '../../kernel/task.js';

export class EventListener {
  #listening: { readonly eventFd: EventFd; readonly stop: () => void } | undefined;

  /**
   * Does `callback` whenever the eventfd is signalled, and at once if it has been.
   * @throws EBADF or EINVAL for what is no eventfd, EBUSY when there is one already
   */
  start(task: Task, fd: number, callback: () => void): void {
    const eventFd = task.files.getEventFd(fd);
    if (this.#listening !== undefined) {
      eventFd.put();
      throw kernelError('EBUSY');
    }
    this.#listening = { eventFd, stop: eventFd.listen(callback) };
  }

  /** Ends it and lets go of the eventfd. */
  stop(): void {
    const listening = this.#listening;
    this.#listening = undefined;
    listening?.stop();
    listening?.eventFd.put();
  }
}
