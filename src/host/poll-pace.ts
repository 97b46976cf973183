/**
 * How often device memory is looked at: without pause while there is work, then at intervals that grow
 * with the time there was none. In the first second what is stored is seen after a small part of the idle
 * time, and after 0.2 ms at most. A machine that is idle for longer costs next to nothing: how long it
 * pauses depends on what a pause costs on this computer.
 */
import type { Pollers } from '../kernel/pollers.js';

/** How long to look without pausing at all: longer than a program that is at work lets pass. */
const SPIN_MS = 1;
/** A pause is this part of the time without work. */
const PART = 1 / 50;
/** A timed wait costs 5 µs of processor time on a computer, and 25 or more on a virtual one. */
const SHORTEST_PAUSE_MS = 0.05;
/** For so long pauses are so short, whatever they cost: programs that were at work are likely to go on. */
const RECENTLY_MS = 1000;
const RECENT_PAUSE_MS = 0.2;
/** Where the longest pause is found, so that pauses take this part of a processor. */
const LONGEST_PAUSES_MS = [RECENT_PAUSE_MS, 8] as const;
/** What it is while that is not known yet. */
const FIRST_LONG_PAUSE_MS = 4;
const SHARE = 0.015;
/** Pauses after which it is looked at what they have cost. */
const STRETCH = 64;

export interface Clocks {
  /** The time in ms. */
  readonly now: () => number;
  /** Processor time that this thread has used, in ms. */
  readonly used: () => number;
}

export class PollPace {
  readonly #pollers: Pollers;
  readonly #clocks: Clocks;
  /** When the first look found nothing, while pausing has not begun. */
  #spinsSince: number | undefined;
  #idleMs = 0;
  #pauseMs = 0;
  #longestPauseMs = FIRST_LONG_PAUSE_MS;
  /** The longest pauses in a row, and what was used when they began. */
  #stretch = 0;
  #usedBefore: number | undefined;

  constructor(pollers: Pollers, clocks: Clocks) {
    this.#pollers = pollers;
    this.#clocks = clocks;
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
      this.#spinsSince ??= this.#clocks.now();
      const idleMs = this.#clocks.now() - this.#spinsSince;
      if (idleMs >= SPIN_MS) this.#idle(idleMs);
    }
  }

  /** How long the loop may wait for something else, in µs; −1 without end. */
  waitUs(): number {
    return this.#pollers.size === 0 ? -1 : Math.floor(this.#pauseMs * 1000);
  }

  #idle(idleMs: number): void {
    this.#idleMs = idleMs;
    if (idleMs >= RECENTLY_MS) {
      this.#pauseMs = this.#longestPauseMs;
      this.#weigh();
    } else {
      this.#pauseMs = Math.min(RECENT_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, idleMs * PART));
      this.#usedBefore = undefined;
    }
  }

  /** Finds how long pauses have to be, from what a stretch of them has cost. Calls meanwhile make it more. */
  #weigh(): void {
    if (this.#usedBefore === undefined) {
      this.#usedBefore = this.#clocks.used();
      this.#stretch = 0;
      return;
    }
    this.#stretch += 1;
    if (this.#stretch < STRETCH) return;
    const [least, most] = LONGEST_PAUSES_MS;
    const costMs = (this.#clocks.used() - this.#usedBefore) / STRETCH;
    this.#longestPauseMs = Math.min(most, Math.max(least, costMs / SHARE));
    this.#usedBefore = undefined;
  }
}
