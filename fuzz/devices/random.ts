/** Numbers that a seed decides: the same seed, the same numbers, everywhere (splitmix32). */

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** 32 bits. */
  word(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let value = this.#state ^ (this.#state >>> 16);
    value = Math.imul(value, 0x21f0aaad);
    value ^= value >>> 15;
    value = Math.imul(value, 0x735a2d97);
    return (value ^ (value >>> 15)) >>> 0;
  }

  /** A whole number from 0 on, below `limit`. */
  below(limit: number): number {
    return Math.floor((this.word() / 2 ** 32) * limit);
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  /** Small, powers of two and their neighbours, all ones, or anything. */
  value(): number {
    switch (this.below(4)) {
      case 0:
        return this.below(17);
      case 1:
        return (2 ** this.below(33) - this.below(2)) >>> 0;
      case 2:
        return this.pick([0, 0xffff_ffff, 0x8000_0000, 0x7fff_ffff]);
      default:
        return this.word();
    }
  }
}
