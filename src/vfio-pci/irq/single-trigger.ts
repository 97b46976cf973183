/**
 * An interrupt that the kernel itself raises: ERR when the device reports an error, REQ when the
 * kernel wants the device back. One eventfd, or none.
 */
import type { EventFd } from '../../kernel/event-fd.js';

export class SingleTrigger {
  readonly #onArm: (isArmed: boolean) => void;
  #eventFd: EventFd | undefined;

  /** @param onArm told when an eventfd is set, and when one goes */
  constructor(onArm: (isArmed: boolean) => void) {
    this.#onArm = onArm;
  }

  get isSet(): boolean {
    return this.#eventFd !== undefined;
  }

  /** Replaces the eventfd, which moves here. */
  set(eventFd: EventFd | undefined): void {
    if (this.#eventFd !== undefined) this.#onArm(false);
    this.#eventFd?.put();
    this.#eventFd = eventFd;
    if (eventFd !== undefined) this.#onArm(true);
  }

  signal(): void {
    this.#eventFd?.signal(1);
  }
}
