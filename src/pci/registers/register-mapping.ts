/**
 * Registers in the shared memory of a mappable BAR: it shows what they hold, and what clients store is
 * found by looking. Write-only registers show zeros there; a read of mapped memory is not noticed, so
 * it clears nothing, and neither is a store of the very value that stands there.
 */
import type { DeviceContext } from '../device-model.js';
import type { WatchedWord } from '../watched-word.js';
import type { RegisterState } from './register-bank.js';
import { type RegisterTable, writableBits } from './register-table.js';

/** A word of memory that clients can store to, and what lies in it. */
interface Watched {
  readonly offset: number;
  readonly states: readonly RegisterState[];
  readonly word: WatchedWord;
}

export class RegisterMapping {
  readonly #memory: DataView;
  readonly #watched: Watched[] = [];
  readonly #plain: RegisterState[] = [];

  /**
   * @param words what lies in each 4 bytes
   * @param stored takes a register's new content
   * @returns undefined when clients can't map the BAR
   */
  static of(
    context: DeviceContext,
    table: Pick<RegisterTable, 'bar' | 'nothing'>,
    words: ReadonlyMap<number, readonly RegisterState[]>,
    stored: (state: RegisterState, value: bigint) => void,
  ): RegisterMapping | undefined {
    const bytes = context.bars[table.bar]?.bytes;
    if (bytes === undefined) return undefined;
    bytes.fill(table.nothing === 'ones' ? 0xff : 0);
    const memory = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const mapping = new RegisterMapping(memory);
    for (const [offset, states] of words) mapping.#add(context, table.bar, offset, states, stored);
    mapping.show();
    return mapping;
  }

  private constructor(memory: DataView) {
    this.#memory = memory;
  }

  /** Takes what clients stored since it was looked last. */
  look(): void {
    for (const { word } of this.#watched) word.look();
  }

  /** Shows what the registers hold. Stores that were not taken yet stay. */
  show(): void {
    for (const { offset, states, word } of this.#watched) {
      word.set(shownAt(offset, states));
    }
    for (const state of this.#plain) this.#showPlain(state);
  }

  #add(
    context: DeviceContext,
    bar: number,
    offset: number,
    states: readonly RegisterState[],
    stored: (state: RegisterState, value: bigint) => void,
  ): void {
    const [first] = states;
    if (first === undefined || first.register.offset < offset) return; // an upper half
    if (states.every(({ register }) => writableBits(register) === 0n)) {
      this.#plain.push(...states);
      return;
    }
    const size = first.register.size === 8 ? 8 : 4;
    const take = (value: bigint): void => {
      for (const state of states) {
        const part = partOf(state, offset, value);
        if (part !== (state.value & state.readable)) stored(state, part);
      }
    };
    const word = context.watchWord({ bar, offset, size, stored: take });
    this.#watched.push({ offset, states, word });
  }

  #showPlain({ register, readable, value }: RegisterState): void {
    const { offset, size } = register;
    const shown = value & readable;
    if (size === 8) this.#memory.setBigUint64(offset, shown, true);
    else if (size === 4) this.#memory.setUint32(offset, Number(shown), true);
    else if (size === 2) this.#memory.setUint16(offset, Number(shown), true);
    else this.#memory.setUint8(offset, Number(shown));
  }
}

/** What a word shows. */
function shownAt(offset: number, states: readonly RegisterState[]): bigint {
  return states.reduce(
    (shown, { register, readable, value }) =>
      shown | ((value & readable) << BigInt(8 * (register.offset - offset))),
    0n,
  );
}

/** A register's part of a word. */
function partOf({ register }: RegisterState, offset: number, value: bigint): bigint {
  return BigInt.asUintN(8 * register.size, value >> BigInt(8 * (register.offset - offset)));
}
