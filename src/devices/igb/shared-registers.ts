/**
 * Registers whose writing does something, as clients that mapped BAR 0 store them: found by looking, and taken
 * in an order that is right for what drivers write between two looks.
 */
import { CAUSE_REGISTERS } from './interrupt-causes.js';
import type { RegisterFile } from './register-file.js';
import { CTRL, CTRL_EXT, EECD, EERD, HANDSHAKES, MDIC } from './registers.js';

/**
 * A reset comes first: drivers wait before they reset, and go on at once behind it, so what is found together
 * with a reset was stored after it. Masks are cleared before they are set (see CAUSE_REGISTERS).
 */
export const ACTIVE_REGISTERS: readonly number[] = [
  CTRL,
  CTRL_EXT,
  EECD,
  EERD,
  MDIC,
  ...CAUSE_REGISTERS,
];

export class SharedRegisters {
  readonly #registers: RegisterFile;
  readonly #stored: (register: number, value: number) => void;
  readonly #places = Uint32Array.from(ACTIVE_REGISTERS, (register) => register / 4);
  /** Registers that were stored to, and what was: picked up before any of it has an effect. */
  readonly #found: number[] = [];
  readonly #values: number[] = [];

  /** @param stored takes what a client stored */
  constructor(registers: RegisterFile, stored: (register: number, value: number) => void) {
    this.#registers = registers;
    this.#stored = stored;
  }

  /** Takes what clients stored since it was looked last. Whether they did. */
  look(): boolean {
    const { words, shadow } = this.#registers;
    const places = this.#places;
    let count = 0;
    for (let index = 0; index < places.length; index++) {
      const word = places[index] as number;
      const value = words[word] as number;
      if (value === shadow[word]) continue;
      // A question is taken when it is answered: until then a reset leaves it where it is.
      if (!HANDSHAKES.includes(word * 4)) shadow[word] = value;
      this.#found[count] = ACTIVE_REGISTERS[index] as number;
      this.#values[count] = value;
      count += 1;
    }
    for (let index = 0; index < count; index++) {
      this.#stored(this.#found[index] as number, this.#values[index] as number);
    }
    return count > 0;
  }
}
