/**
 * The statistics registers as clients see them that mapped BAR 0. Reading clears them, and nobody hears of a load
 * from mapped memory; but where the machine can tell that their page was touched, a touch counts as a reading of
 * all of them. That is what drivers do: they read them all, to add them to sums of their own. Elsewhere the
 * registers show what was counted since the last reset.
 */
import type { ReadDetector, Readers } from '../../kernel/memory-object.js';
import type { Timers } from '../../kernel/timers.js';
import type { RegisterFile } from './register-file.js';
import type { Statistics } from './statistics.js';

/** How often it is asked whether the page was touched. */
const LOOK_MS = 0.1;
/** While packets keep coming, what is shown is renewed this often. */
const RENEWAL_MS = 2;
/** Whoever has touched the page reads all it wants within this time if nothing keeps it: as long nothing changes. */
const READING_MS = 0.5;

export class StatisticsPage {
  readonly #statistics: Statistics;
  readonly #registers: RegisterFile;
  readonly #timers: Timers;
  readonly #detector: ReadDetector | undefined;
  #lookedMs = 0;
  #renewedMs = 0;
  /** The reading that goes on: who may be at it, and until when it lasts at least. */
  #reading: { readonly readers: Readers; readonly untilMs: number } | undefined;

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
    this.#reading = undefined;
    this.#statistics.prepare();
    this.#statistics.showPrepared(this.#registers.words);
  }

  /** Reads a register by a call: exactly that one is cleared. */
  read(register: number): number {
    return this.#statistics.read(register, this.#registers.words);
  }

  /** To be called again and again. @param isBusy packets are being moved */
  update(isBusy: boolean): void {
    const { nowMs } = this.#timers;
    const isDue = this.#statistics.isStale && (!isBusy || nowMs - this.#renewedMs >= RENEWAL_MS);
    const isReading = this.#reading !== undefined;
    if ((isReading || !isDue) && nowMs - this.#lookedMs < LOOK_MS) return;
    this.#lookedMs = nowMs;
    if (isReading && !this.#endsReading(nowMs)) return;
    // What takes time comes first: who touches the page between look and renewal would go unnoticed.
    if (isDue) this.#statistics.prepare();
    if (this.#detector?.isTouched === true) {
      this.#reading = { readers: this.#detector.readers(), untilMs: nowMs + READING_MS };
    } else if (isDue) {
      this.#renewedMs = nowMs;
      this.#statistics.showPrepared(this.#registers.words);
    }
  }

  /** Ends the reading that goes on if it is over: what was shown is forgotten, and the page shows zeros. */
  #endsReading(nowMs: number): boolean {
    if (this.#reading === undefined) return true;
    const { readers, untilMs } = this.#reading;
    if (nowMs < untilMs || !readers.areThrough) return false;
    this.#reading = undefined;
    this.#statistics.forgetShown();
    this.#detector?.renew();
    return true;
  }
}
