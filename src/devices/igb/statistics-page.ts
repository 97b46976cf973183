/**
 * The statistics registers as clients see them that mapped BAR 0. Reading clears them, and nobody hears of a load
 * from mapped memory; but where the machine can tell that their page was touched, a touch counts as a reading of
 * all of them. That is what drivers do: they read them all, to add them to sums of their own. Elsewhere the
 * registers show what was counted since the last reset.
 */
import type { ReadDetector } from '../../kernel/memory-object.js';
import type { Timers } from '../../kernel/timers.js';
import type { RegisterFile } from './register-file.js';
import type { Statistics } from './statistics.js';

/** How often it is asked whether the page was touched. */
const LOOK_MS = 0.1;
/** While packets keep coming, what is shown is renewed this often. */
const RENEWAL_MS = 2;
/** Whoever has touched the page reads all it wants within this time: as long nothing changes. */
const READING_MS = 1;

export class StatisticsPage {
  readonly #statistics: Statistics;
  readonly #registers: RegisterFile;
  readonly #timers: Timers;
  readonly #detector: ReadDetector | undefined;
  #lookedMs = 0;
  #renewedMs = 0;
  /** When the reading that goes on will be over. */
  #readUntilMs: number | undefined;

  constructor(
    statistics: Statistics,
    registers: RegisterFile,
    timers: Timers,
    detector: ReadDetector | undefined,
  ) {
    this.#statistics = statistics;
    this.#registers = registers;
    this.#timers = timers;
    this.#detector = detector;
  }

  /** All counters are zero. */
  reset(): void {
    this.#readUntilMs = undefined;
    this.#statistics.show(this.#registers.words);
  }

  /** Reads a register by a call: exactly that one is cleared. */
  read(register: number): number {
    const value = this.#statistics.read(register);
    this.#statistics.show(this.#registers.words);
    return value;
  }

  /** To be called again and again. @param isBusy packets are being moved */
  update(isBusy: boolean): void {
    const { nowMs } = this.#timers;
    if (this.#readUntilMs !== undefined) {
      if (nowMs >= this.#readUntilMs) this.#endReading();
      return;
    }
    const isDue = this.#statistics.isStale && (!isBusy || nowMs - this.#renewedMs >= RENEWAL_MS);
    if (!isDue && nowMs - this.#lookedMs < LOOK_MS) return;
    this.#lookedMs = nowMs;
    if (this.#detector?.isTouched === true) {
      if (this.#statistics.showsAny) {
        this.#readUntilMs = nowMs + READING_MS;
        return;
      }
      if (isDue) this.#detector.renew();
    }
    if (!isDue) return;
    this.#renewedMs = nowMs;
    this.#statistics.show(this.#registers.words);
  }

  #endReading(): void {
    this.#readUntilMs = undefined;
    this.#statistics.forgetShown();
    this.#detector?.renew();
    this.#statistics.show(this.#registers.words);
  }
}
