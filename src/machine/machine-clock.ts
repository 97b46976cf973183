/**
 * The time of an in-process machine, which passes only when it is told to, and the turns of what runs
 * in it: timers, pollers, calls that sleep.
 */
import type { Kernel } from '../kernel/kernel.js';

/** What one system call takes, so that a program that asks until something happens gets there. */
const SYSTEM_CALL_MS = 0.001;
/** Turns in which pollers may find work to do before somebody else gets one. */
const MAXIMUM_POLLS = 1000;
/** Microtasks that the code of a call may take from where it is woken to where it sleeps again. */
const MICROTASKS_OF_A_TURN = 32;

export class MachineClock {
  readonly #kernel: Kernel;
  #turns: Promise<void> | undefined;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Begins to give sleeping calls their turns; until then somebody else's loop may do so. */
  start(): void {
    this.#kernel.scheduler.onRunnable = () => {
      this.#turns ??= this.#takeTurns();
    };
  }

  /** Milliseconds since the machine started. */
  get nowMs(): number {
    return this.#kernel.timers.nowMs;
  }

  /** Lets the time of one system call pass. */
  tick(): void {
    this.#poll();
    this.#fireUntil(this.nowMs + SYSTEM_CALL_MS);
  }

  /**
   * Moves time to when something is so, at most by `timeoutMs` (-1: without limit). Whether it is.
   * @throws Error when it would wait for ever, as nothing is going to happen any more
   */
  waitUntil(condition: () => boolean, timeoutMs: number): boolean {
    const { timers } = this.#kernel;
    const endMs = timeoutMs < 0 ? Infinity : this.nowMs + timeoutMs;
    for (;;) {
      this.#poll();
      if (condition()) return true;
      if (timers.nextDeadlineMs === Infinity && endMs === Infinity) {
        throw new Error('the wait would never end: the machine has nothing left to do');
      }
      if (!timers.fireNext(Math.min(timers.nextDeadlineMs, endMs))) return condition();
    }
  }

  /** Lets time pass for a call that takes longer than others, with all that is due in it. */
  pass(ms: number): void {
    this.waitUntil(() => false, ms);
  }

  /** Moves time on, with all that is due in it. */
  async advance(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await this.settle();
    while (this.#kernel.timers.fireNext(endMs)) await this.settle();
  }

  /** Lets everything run that can, without time passing. */
  async settle(): Promise<void> {
    this.#poll();
    while (this.#turns !== undefined) {
      await this.#turns;
      this.#poll();
    }
  }

  #fireUntil(endMs: number): void {
    while (this.#kernel.timers.fireNext(endMs));
  }

  #poll(): void {
    for (let i = 0; i < MAXIMUM_POLLS; i++) if (!this.#kernel.pollers.poll()) return;
  }

  /** Sleeping calls that can go on do so, oldest first, each up to where it sleeps again. */
  async #takeTurns(): Promise<void> {
    await Promise.resolve();
    while (this.#kernel.scheduler.runOldest()) {
      for (let i = 0; i < MICROTASKS_OF_A_TURN; i++) await Promise.resolve();
    }
    this.#turns = undefined;
  }
}
