/**
 * An interrupt that the kernel itself raises: ERR when the device reports an error, REQ when the
 * kernel wants the device back. One eventfd, or none.
 */
import type { EventFd } from '../../kernel/event-fd.js';

export class SingleTrigger {
  #eventFd: EventFd | undefined;

  get isSet(): boolean {
    return this.#eventFd !== undefined;
  }

  /** Replaces the eventfd, which moves here. */
  set(eventFd: EventFd | undefined): void {
    this.#eventFd?.put();
    this.#eventFd = eventFd;
  }

  signal(): void {
    this.#eventFd?.signal(1);
  }
}
