/**
 * Interrupt coalescing: an interrupt waits until so many completions have come, or for a time (NVM Express
 * 1.4 §7.5, §5.21.1.8, §5.21.1.9).
 */
import type { Timer, Timers } from '../../kernel/timers.js';

export interface CoalescingSettings {
  /** Entries that an interrupt waits for, and for how long at most; 0 ms: for none. */
  readonly coalescing: { readonly entries: number; readonly delayMs: number };
  isCoalesced(vector: number): boolean;
}

/** A vector whose interrupt waits. */
interface Waiting {
  entries: number;
  readonly timer: Timer;
}

export class InterruptCoalescing {
  readonly #settings: CoalescingSettings;
  readonly #timers: Timers;
  readonly #isOver: (vector: number) => void;
  readonly #waiting = new Map<number, Waiting>();

  /** @param isOver called when a vector has waited for long enough */
  constructor(settings: CoalescingSettings, timers: Timers, isOver: (vector: number) => void) {
    this.#settings = settings;
    this.#timers = timers;
    this.#isOver = isOver;
  }

  /** Entries were put into a queue of the vector. Whether its interrupt is due. */
  add(vector: number, entries: number): boolean {
    const { coalescing } = this.#settings;
    if (coalescing.delayMs === 0 || !this.#settings.isCoalesced(vector)) return true;
    const waiting = this.#waiting.get(vector);
    const total = (waiting?.entries ?? 0) + entries;
    if (total >= coalescing.entries) return true;
    if (waiting === undefined) {
      const timer = this.#timers.set(coalescing.delayMs, () => this.#isOver(vector));
      this.#waiting.set(vector, { entries, timer });
    } else waiting.entries = total;
    return false;
  }

  isWaiting(vector: number): boolean {
    return this.#waiting.has(vector);
  }

  /** The vector waits no more. */
  end(vector: number): void {
    this.#waiting.get(vector)?.timer.cancel();
    this.#waiting.delete(vector);
  }

  reset(): void {
    for (const { timer } of this.#waiting.values()) timer.cancel();
    this.#waiting.clear();
  }
}
