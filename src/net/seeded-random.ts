/** Reproducible randomness for lines that lose frames: Marsaglia's xorshift with 32 bits of state. */

export class SeededRandom {
  #state: number;

  /** @param stream tells apart those that share a seed */
  constructor(seed: number, stream = 0) {
    // Scattered, as neighbouring states would begin with similar numbers; never 0, which stays 0.
    const scattered = Math.imul((seed ^ Math.imul(stream + 1, 0x9e37_79b9)) | 0, 0x85eb_ca6b);
    this.#state = scattered ^ (scattered >>> 15) || 0x1234_5678;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** A number from 0 up to, and not, 1. */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) / 0x1_0000_0000;
  }

  /** True with this probability. One that is 0 takes no number. */
  happens(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }
}
