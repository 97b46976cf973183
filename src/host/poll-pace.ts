/**
 * How often device memory is looked at: without pause while there is work, then at growing intervals,
 * so that an idle machine costs next to nothing.
 */
import type { Pollers } from '../kernel/pollers.js';

/** Looks without work before pausing at all. */
const SPIN = 2000;
const FIRST_PAUSE_US = 10;
const LONGEST_PAUSE_US = 2000;

export class PollPace {
  readonly #pollers: Pollers;
  #idleLooks = 0;
  #pauseUs = 0;

  constructor(pollers: Pollers) {
    this.#pollers = pollers;
  }

  /** Looks once. */
  poll(): void {
    if (this.#pollers.size === 0) return;
    if (this.#pollers.poll()) {
      this.#idleLooks = 0;
      this.#pauseUs = 0;
      return;
    }
    this.#idleLooks += 1;
    if (this.#idleLooks < SPIN) return;
    this.#pauseUs = Math.min(LONGEST_PAUSE_US, Math.max(FIRST_PAUSE_US, this.#pauseUs * 1.1));
  }

  /** How long the loop may wait for something else, in µs; −1 without end. */
  waitUs(): number {
    return this.#pollers.size === 0 ? -1 : Math.floor(this.#pauseUs);
  }
}
