/**
 * Timers of the machine. Time is what the embedder says it is: nothing here reads a clock. The
 * embedder asks when the next timer is due and moves time forward; tests do so by hand.
 */

import type { Channel } from './channel.js';
import type { Turn } from './diagnostics.js';

export interface Timer {
  cancel(): void;
}

/** Machine time, for those who live in it. */
export interface Timers {
  /** Milliseconds since the machine started. */
  readonly nowMs: number;
  /**
   * Calls `callback` once when time has come to now + `delayMs`. Timers due at the same time run by
   * `order`, lower first, then in the order they were set.
   */
  set(delayMs: number, callback: () => void, order?: number): Timer;
}

interface PendingTimer extends Timer {
  readonly deadlineMs: number;
  readonly order: number;
  readonly sequence: number;
  readonly callback: () => void;
}

/** All pending timers, earliest first. */
export class TimerQueue implements Timers {
  #nowMs = 0;
  #clock: (() => number) | undefined;
  #sequence = 0;
  readonly #pending: PendingTimer[] = [];
  readonly #turns: Channel<Turn> | undefined;

  /** @param turns told each time a timer fires */
  constructor(turns?: Channel<Turn>) {
    this.#turns = turns;
  }

  get nowMs(): number {
    if (this.#clock !== undefined) this.#nowMs = Math.max(this.#nowMs, this.#clock());
    return this.#nowMs;
  }

  /**
   * Takes the time from a clock of the embedder's, in milliseconds since the machine started. Without
   * one, time stands still between calls of `fireNext`.
   */
  useClock(clock: () => number): void {
    this.#clock = clock;
  }

  /** When the earliest timer is due, in milliseconds of machine time; Infinity when none is set. */
  get nextDeadlineMs(): number {
    return this.#pending[0]?.deadlineMs ?? Infinity;
  }

  set(delayMs: number, callback: () => void, order = 0): Timer {
    const timer: PendingTimer = {
      deadlineMs: this.nowMs + Math.max(0, delayMs),
      order,
      sequence: this.#sequence++,
      callback,
      cancel: () => this.#cancel(timer),
    };
    let index = this.#pending.length;
    while (index > 0 && isBefore(timer, this.#pending[index - 1] as PendingTimer)) index -= 1;
    this.#pending.splice(index, 0, timer);
    return timer;
  }

  /**
   * Runs the earliest timer due at or before `untilMs`, moving time to its deadline.
   * @returns false when none is due; then time has moved to `untilMs`
   */
  fireNext(untilMs: number): boolean {
    const timer = this.#pending[0];
    if (timer === undefined || timer.deadlineMs > untilMs) {
      this.#nowMs = Math.max(this.#nowMs, untilMs);
      return false;
    }
    this.#pending.shift();
    this.#nowMs = Math.max(this.#nowMs, timer.deadlineMs);
    this.#turns?.publish?.('timer');
    timer.callback();
    return true;
  }

  #cancel(timer: PendingTimer): void {
    const index = this.#pending.indexOf(timer);
    if (index >= 0) this.#pending.splice(index, 1);
  }
}

function isBefore(a: PendingTimer, b: PendingTimer): boolean {
  if (a.deadlineMs !== b.deadlineMs) return a.deadlineMs < b.deadlineMs;
  if (a.order !== b.order) return a.order < b.order;
  return a.sequence < b.sequence;
}
