/**
 * Where programs run on when they are answered. If this thread waits next, here and at once: that is what makes
 * calls fast. If it has work to do, its processor is the wrong one: a program would stand behind it until the
 * kernel's next tick, up to 4 ms.
 */
import { wakeSynchronously } from './native/seccomp.unsafe.js';

export class HandOver {
  readonly #listenerFd: number;
  #isHere = true;

  /** @param listenerFd one that wakes synchronously, if the kernel can */
  constructor(listenerFd: number) {
    this.#listenerFd = listenerFd;
  }

  /** @param waits whether this thread is going to wait */
  choose(waits: boolean): void {
    if (waits === this.#isHere) return;
    this.#isHere = waits;
    wakeSynchronously(this.#listenerFd, waits);
  }
}
