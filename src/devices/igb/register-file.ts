/**
 * The registers: words in the memory of BAR 0 itself. Clients that mapped it load and store them with plain
 * instructions, so most registers need nobody to look: what software wrote is what stands there when the
 * model needs it. Registers whose writing does something are found by looking (shared-registers.ts).
 */
import type { AccessSize } from '../../pci/config-space.js';
import { exchangeWord } from '../../pci/watched-word.js';
import { ALIASES, BAR_SIZE, HANDSHAKES } from './registers.js';

export class RegisterFile {
  /** The registers, by offset / 4. */
  readonly words: Uint32Array;
  /** What the model made them hold, or took from them: a client has stored where this is not what stands there. */
  readonly shadow = new Uint32Array(BAR_SIZE / 4);
  readonly #view: DataView;
  /** Words that are second places of registers, the registers, and what was seen at both last. */
  readonly #aliases: Uint32Array;
  readonly #targets: Uint32Array;
  readonly #shown: Uint32Array;
  readonly #targetOf = new Map<number, number>();
  /** By word: which of the pairs above has it as its register. */
  readonly #pairOf = new Map<number, number>();

  /** @param bytes the memory of BAR 0 */
  constructor(bytes: Uint8Array) {
    this.words = new Uint32Array(bytes.buffer, bytes.byteOffset, BAR_SIZE / 4);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, BAR_SIZE);
    const pairs = ALIASES.flatMap(([alias, register, length]) =>
      Array.from({ length: length / 4 }, (_, index) => [alias / 4 + index, register / 4 + index]),
    );
    this.#aliases = Uint32Array.from(pairs, ([alias = 0]) => alias);
    this.#targets = Uint32Array.from(pairs, ([, target = 0]) => target);
    this.#shown = new Uint32Array(pairs.length);
    for (const [index, [alias = 0, target = 0]] of pairs.entries()) {
      this.#targetOf.set(alias, target);
      this.#pairOf.set(target, index);
    }
  }

  /** The offset of the register that answers at an offset. */
  canonical(offset: number): number {
    const word = offset >>> 2;
    return (this.#targetOf.get(word) ?? word) * 4 + (offset & 3);
  }

  get(register: number): number {
    return this.words[register >>> 2] as number;
  }

  set(register: number, value: number): void {
    const word = register >>> 2;
    this.shadow[word] = value;
    this.words[word] = value;
  }

  /**
   * Shows a value at both places of a register, now: who hears of a change may read at once. What a client has
   * stored and nobody has taken yet stays.
   */
  reveal(register: number, value: number): void {
    const { words, shadow } = this;
    const word = register >>> 2;
    const pair = this.#pairOf.get(word);
    if (pair !== undefined) {
      const last = this.#shown[pair] as number;
      if (!exchangeWord(words, this.#aliases[pair] as number, last, value)) return;
      this.#shown[pair] = value;
    }
    if (exchangeWord(words, word, shadow[word] as number, value)) shadow[word] = value;
  }

  /** Any access, also to a part. */
  read(offset: number, size: AccessSize): number {
    if (size === 1) return this.#view.getUint8(offset);
    return size === 2 ? this.#view.getUint16(offset, true) : this.#view.getUint32(offset, true);
  }

  /** Makes both places of each register the same again: what was stored at either stands at both. */
  join(): void {
    const { words } = this;
    const aliases = this.#aliases;
    const targets = this.#targets;
    const shown = this.#shown;
    for (let index = 0; index < aliases.length; index++) {
      const alias = aliases[index] as number;
      const target = targets[index] as number;
      const last = shown[index] as number;
      const stored = words[alias] as number;
      const value = words[target] as number;
      // Only the other place is written: a client may be storing to the one that has changed at this moment.
      if (stored !== last) shown[index] = words[target] = stored;
      else if (value !== last) shown[index] = words[alias] = value;
    }
  }

  /**
   * Gives all registers their values after a reset: zero, but for those that are named. A question that a client
   * has asked and nobody has taken yet stays: an answer that it is not would be taken for one.
   */
  reset(values: Iterable<readonly [register: number, value: number]>): void {
    const { words, shadow } = this;
    const resetValues = new Map(values);
    let from = 0;
    for (const register of HANDSHAKES) {
      const word = register / 4;
      words.fill(0, from, word);
      shadow.fill(0, from, word);
      const value = resetValues.get(register) ?? 0;
      if (exchangeWord(words, word, shadow[word] as number, value)) shadow[word] = value;
      from = word + 1;
    }
    words.fill(0, from);
    shadow.fill(0, from);
    this.#shown.fill(0);
    for (const [register, value] of resetValues) {
      if (!HANDSHAKES.includes(register)) this.set(register, value);
    }
  }
}
