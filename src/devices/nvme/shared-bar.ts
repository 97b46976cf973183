/**
 * BAR 0 as clients have it mapped: the memory shows the registers, and what clients store into registers
 * and doorbells is found by looking.
 */
import { exchangeWord } from '../../pci/watched-word.js';
import { ASQ, ACQ, AQA, CC, DOORBELLS, INTMC, INTMS, REGISTERS_SIZE } from './registers.js';
import { MAXIMUM_QUEUES } from './controller-limits.js';

/** Doorbells of all queues: tails at even numbers, heads at odd ones. */
export const DOORBELL_COUNT = 2 * (1 + MAXIMUM_QUEUES);

/** In the order in which stores made together are to be taken: enabling comes last. */
const WRITABLE = [AQA, ASQ, ASQ + 4, ACQ, ACQ + 4, INTMS, INTMC, CC];

/** What stores change nothing of: read-only registers, and places where there is none. */
const UNWRITABLE = Array.from({ length: REGISTERS_SIZE / 4 }, (_, index) => 4 * index).filter(
  (register) => !WRITABLE.includes(register),
);

/** Who hears of stores. */
export interface BarStores {
  /** A register was written, by offset. */
  registerStored(register: number, value: number): void;
  /** A doorbell was written, by number. */
  doorbellStored(index: number, value: number): void;
}

export class SharedBar {
  readonly #stores: BarStores;
  readonly #found: (offset: number, value: number) => void;
  readonly #registers: Uint32Array;
  readonly #doorbells: Uint32Array;
  /** What the registers were last seen to hold, or made to. */
  readonly #shown = new Uint32Array(REGISTERS_SIZE / 4);
  readonly #rung = new Uint32Array(DOORBELL_COUNT);

  /** @param bytes the memory of BAR 0; @param found told first of each store, by offset in the BAR */
  constructor(
    bytes: Uint8Array,
    stores: BarStores,
    found: (offset: number, value: number) => void,
  ) {
    this.#stores = stores;
    this.#found = found;
    this.#registers = new Uint32Array(bytes.buffer, bytes.byteOffset, REGISTERS_SIZE / 4);
    const doorbells = bytes.byteOffset + DOORBELLS;
    this.#doorbells = new Uint32Array(bytes.buffer, doorbells, DOORBELL_COUNT);
  }

  /** Takes what clients stored since it was looked last. Whether they did, where that means something. */
  look(): boolean {
    let found = false;
    for (const register of UNWRITABLE) {
      const value = this.#registers[register / 4] ?? 0;
      const shown = this.#shown[register / 4] ?? 0;
      if (value === shown) continue;
      this.#found(register, value);
      this.#registers[register / 4] = shown;
    }
    for (const register of WRITABLE) {
      const value = this.#registers[register / 4] ?? 0;
      if (value === this.#shown[register / 4]) continue;
      this.#shown[register / 4] = value;
      this.#found(register, value);
      this.#stores.registerStored(register, value);
      found = true;
    }
    const doorbells = this.#doorbells;
    const rung = this.#rung;
    for (let index = 0; index < DOORBELL_COUNT; index++) {
      const value = doorbells[index] ?? 0;
      if (value === rung[index]) continue;
      rung[index] = value;
      this.#found(DOORBELLS + 4 * index, value);
      this.#stores.doorbellStored(index, value);
      found = true;
    }
    return found;
  }

  /**
   * Shows what a register holds. What a client has stored there since it was looked last stays: a driver may write
   * CC twice without waiting, and the second one comes while the first is being taken.
   */
  show(register: number, value: number): void {
    const index = register / 4;
    if (WRITABLE.includes(register)) this.#exchange(this.#registers, this.#shown, index, value);
    else this.#registers[index] = this.#shown[index] = value;
  }

  /** Shows a doorbell as rung with a value: a later store of the same is none. */
  showDoorbell(index: number, value: number): void {
    this.#exchange(this.#doorbells, this.#rung, index, value);
  }

  #exchange(words: Uint32Array, seen: Uint32Array, index: number, value: number): void {
    if (exchangeWord(words, index, seen[index] ?? 0, value)) seen[index] = value;
  }
}
