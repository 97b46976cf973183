/**
 * One register in the shared memory of a mappable BAR. Clients that mapped it store with plain
 * instructions and nobody tells, so the memory is compared with what the model put there last. A store
 * of the very value that stands there can't be seen.
 */
import type { Pollers } from '../kernel/pollers.js';
import type { Bar } from './bar.js';

export interface WatchedWordOptions {
  /** BAR index. */
  readonly bar: number;
  /** Bytes from the beginning of the BAR; a multiple of the size. */
  readonly offset: number;
  /** Bytes: 4 or 8. */
  readonly size: 4 | 8;
  /** A client stored something else than what stood there. */
  readonly stored: (value: bigint) => void;
}

export class WatchedWord {
  readonly #words: Uint32Array | BigUint64Array;
  readonly #stored: (value: bigint) => void;
  /** Ends the watching. */
  readonly stop: () => void;
  #expected = 0n;

  constructor(bar: Bar, pollers: Pollers, options: WatchedWordOptions) {
    const { bytes } = bar;
    if (bytes === undefined) throw new RangeError(`BAR ${bar.index} is not mappable`);
    const at = bytes.byteOffset + options.offset;
    this.#words =
      options.size === 8
        ? new BigUint64Array(bytes.buffer, at, 1)
        : new Uint32Array(bytes.buffer, at, 1);
    this.#stored = options.stored;
    this.#expected = this.value;
    this.stop = lookWhileMapped(bar, pollers, () => this.look());
  }

  /** What stands in memory. */
  get value(): bigint {
    return BigInt(this.#words[0] ?? 0);
  }

  /**
   * Shows a value to clients that have mapped the BAR. What one of them has stored and was not taken yet stays:
   * they store at any moment, so it is found out in one step with the exchange.
   */
  set(value: bigint): void {
    const words = this.#words;
    const expected = this.#expected;
    if (words instanceof BigUint64Array) {
      const shown = BigInt.asUintN(64, value);
      if (Atomics.compareExchange(words, 0, expected, shown) === expected) this.#expected = shown;
    } else {
      const shown = Number(BigInt.asUintN(32, value));
      if (exchangeWord(words, 0, Number(expected), shown)) this.#expected = BigInt(shown);
    }
  }

  /** Takes what a client stored, if it did. Whether it did. */
  look(): boolean {
    const { value } = this;
    if (value === this.#expected) return false;
    this.#expected = value;
    this.#stored(value);
    return true;
  }
}

/** Replaces a word of memory unless a client has stored another one there, in one step. Whether it did. */
export function exchangeWord(
  words: Uint32Array,
  index: number,
  expected: number,
  value: number,
): boolean {
  return Atomics.compareExchange(words, index, expected, value) === expected;
}

/**
 * Looks regularly while clients have a BAR mapped, a last time when they no longer do, and before every reset.
 * Returns what ends it.
 */
export function lookWhileMapped(bar: Bar, pollers: Pollers, look: () => boolean): () => void {
  let stopLooking: (() => void) | undefined;
  const observer = (isMapped: boolean): void => {
    stopLooking?.();
    stopLooking = isMapped ? pollers.add(look) : undefined;
  };
  bar.mapObservers.add(observer);
  bar.lookers.add(look);
  return () => {
    bar.mapObservers.delete(observer);
    bar.lookers.delete(look);
    stopLooking?.();
  };
}
