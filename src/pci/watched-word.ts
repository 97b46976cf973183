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
  readonly #view: DataView;
  readonly #offset: number;
  readonly #size: 4 | 8;
  readonly #stored: (value: bigint) => void;
  /** Ends the watching. */
  readonly stop: () => void;
  #expected = 0n;

  constructor(bar: Bar, pollers: Pollers, options: WatchedWordOptions) {
    const { bytes } = bar;
    if (bytes === undefined) throw new RangeError(`BAR ${bar.index} is not mappable`);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#offset = options.offset;
    this.#size = options.size;
    this.#stored = options.stored;
    this.#expected = this.value;
    this.stop = lookWhileMapped(bar, pollers, () => this.look());
  }

  /** What stands in memory. */
  get value(): bigint {
    return this.#size === 8
      ? this.#view.getBigUint64(this.#offset, true)
      : BigInt(this.#view.getUint32(this.#offset, true));
  }

  /** Shows a value to clients that have mapped the BAR. */
  set(value: bigint): void {
    if (this.#size === 8) this.#view.setBigUint64(this.#offset, value, true);
    else this.#view.setUint32(this.#offset, Number(value & 0xffff_ffffn), true);
    this.#expected = this.value;
  }

  /** Whether a client stored something that was not taken yet. */
  get hasStore(): boolean {
    return this.value !== this.#expected;
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

/**
 * Looks regularly while clients have a BAR mapped, and a last time when they no longer do. Returns what
 * ends it.
 */
export function lookWhileMapped(bar: Bar, pollers: Pollers, look: () => boolean): () => void {
  let stopLooking: (() => void) | undefined;
  const observer = (isMapped: boolean): void => {
    if (!isMapped) look();
    stopLooking?.();
    stopLooking = isMapped ? pollers.add(look) : undefined;
  };
  bar.mapObservers.add(observer);
  return () => {
    bar.mapObservers.delete(observer);
    stopLooking?.();
  };
}
