/**
 * Which vectors are enabled: EIMS and EIMC, and EIAM by which a vector masks itself when it interrupts (82576
 * data sheet §8.8).
 *
 * Of two stores to one register between two looks, only the second is found. Drivers unmask vectors one by one
 * through EIMS, so a vector could be lost for good. Therefore one that has masked itself counts as unmasked
 * soon after another one is. At worst that is an interrupt too many, which drivers have to bear in any case.
 */
import type { Timer, Timers } from '../../kernel/timers.js';

/** How software reached a register: by a call, which is exact, or by a store that was found. */
export type Access = 'call' | 'store';

/** After this long, an unmasking that may have been overwritten counts as made. */
const OVERWRITTEN_MS = 0.1;

export class VectorMasks {
  readonly #timers: Timers;
  readonly #changed: () => void;
  #enabled = 0;
  /** Vectors that have masked themselves, and those of them whose unmasking may have been overwritten. */
  #selfMasked = 0;
  #doubted = 0;
  #timer: Timer | undefined;

  /** @param changed called when vectors are enabled that were not asked for within the call */
  constructor(timers: Timers, changed: () => void) {
    this.#timers = timers;
    this.#changed = changed;
  }

  /** Bits of the vectors that may interrupt. */
  get enabled(): number {
    return this.#enabled;
  }

  reset(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#enabled = this.#selfMasked = this.#doubted = 0;
  }

  /** What writing EIMS does. */
  enable(vectors: number, access: Access): void {
    this.#enabled |= vectors;
    this.#selfMasked &= ~vectors;
    if (access === 'call' || this.#selfMasked === 0) return;
    this.#doubted |= this.#selfMasked;
    this.#timer ??= this.#timers.set(OVERWRITTEN_MS, () => this.#settle());
  }

  /** What writing EIMC does. */
  disable(vectors: number): void {
    this.#enabled &= ~vectors;
    this.#selfMasked &= ~vectors;
  }

  /** A vector that masks itself has interrupted. */
  maskItself(vector: number): void {
    this.#enabled &= ~vector;
    this.#selfMasked |= vector;
    this.#doubted &= ~vector;
  }

  #settle(): void {
    this.#timer = undefined;
    this.enable(this.#doubted & this.#selfMasked, 'call');
    this.#doubted = 0;
    this.#changed();
  }
}
