/**
 * How often device memory is looked at: without pause while there is work, then at intervals that grow
 * with the time there was none. What is stored after an idle time is seen after a small part of that
 * time at most, and an idle machine costs next to nothing.
 */
import type { Pollers } from '../kernel/pollers.js';

/** How long to look without pausing at all: longer than a program that is at work lets pass. */
const SPIN_MS = 1;
/** A pause is this part of the time without work. */
const PART = 1 / 50;
/** A timed wait costs 5 µs of processor time on a computer, and 25 or more on a virtual one. */
const SHORTEST_PAUSE_MS = 0.05;
const LONGEST_PAUSE_MS = 4;

export class PollPace {
  readonly #pollers: Pollers;
  readonly #now: () => number;
  /** When the first look found nothing, while pausing has not begun. */
  #spinsSince: number | undefined;
  #idleMs = 0;
  #pauseMs = 0;

  /** @param now the time in ms */
  constructor(pollers: Pollers, now: () => number) {
    this.#pollers = pollers;
    this.#now = now;
  }

  /** Looks once. */
  poll(): void {
    if (this.#pollers.size === 0) return;
    if (this.#pollers.poll()) {
      this.#spinsSince = undefined;
      this.#pauseMs = 0;
    } else if (this.#pauseMs > 0) {
      // The pause itself is counted: asking for the time would cost as much as the look.
      this.#idle(this.#idleMs + this.#pauseMs);
    } else {
      this.#spinsSince ??= this.#now();
      const idleMs = this.#now() - this.#spinsSince;
      if (idleMs >= SPIN_MS) this.#idle(idleMs);
    }
  }

  /** How long the loop may wait for something else, in µs; −1 without end. */
  waitUs(): number {
    return this.#pollers.size === 0 ? -1 : Math.floor(this.#pauseMs * 1000);
  }

  #idle(idleMs: number): void {
    this.#idleMs = idleMs;
    this.#pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, idleMs * PART));
  }
}
