/** Which of the times that a place is reached are meant: the n-th, some in a row, all, or a random part. */

/** When a fault strikes, counted from when it was set; both ends are meant. */
export type FaultTimes =
  | { readonly first: number; readonly last: number }
  /** A random part of all times, 0 to 1. */
  | { readonly fraction: number };

export class FaultTrigger {
  readonly #times: FaultTimes;
  readonly #random: () => number;
  #count = 0;
  #strikes = 0;

  /** @param seed the same one gives the same answers */
  constructor(times: FaultTimes, seed: number) {
    this.#times = times;
    this.#random = randomNumbers(seed);
  }

  /** How often the place was reached. */
  get count(): number {
    return this.#count;
  }

  /** How often the fault struck. */
  get strikes(): number {
    return this.#strikes;
  }

  /** The place is reached once more. Whether the fault strikes. */
  next(): boolean {
    this.#count += 1;
    const strikes =
      'fraction' in this.#times
        ? this.#random() < this.#times.fraction
        : this.#count >= this.#times.first && this.#count <= this.#times.last;
    if (strikes) this.#strikes += 1;
    return strikes;
  }
}

const TWO_32 = 0x1_0000_0000;

/** Numbers from 0 to 1 that look random: a Weyl sequence, each number mixed as in MurmurHash3. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e37_79b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / TWO_32;
  };
}
