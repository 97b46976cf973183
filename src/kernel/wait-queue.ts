/** Where calls sleep that wait for something to come true (`wait_queue_head_t`). */
import type { Sleeper } from './scheduler.js';

export class WaitQueue {
  readonly #sleepers = new Set<Sleeper>();

  /** Whoever sleeps here looks at its condition again. */
  wakeAll(): void {
    for (const sleeper of this.#sleepers) sleeper.wake();
  }

  add(sleeper: Sleeper): void {
    this.#sleepers.add(sleeper);
  }

  remove(sleeper: Sleeper): void {
    this.#sleepers.delete(sleeper);
  }
}
