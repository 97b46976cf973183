/**
 * The registers in the shared memory of BAR 0: what clients that mapped it load and store. The memory
 * shows what the device holds; stores are found by looking and reach the device as writes do.
 */
import type { DeviceContext } from '../../pci/device-model.js';
import type { WatchedWord } from '../../pci/watched-word.js';
import {
  DMA_COMMAND,
  DMA_COUNT,
  DMA_DESTINATION,
  DMA_SOURCE,
  FACTORIAL,
  IDENTIFICATION,
  INTERRUPT_ACKNOWLEDGE,
  INTERRUPT_RAISE,
  INTERRUPT_STATUS,
  LIVENESS,
  STATUS,
} from './registers.js';

/** In the order in which stores made together are to be taken: DMA's command comes last. */
const WATCHED = [
  [LIVENESS, 4],
  [STATUS, 4],
  [FACTORIAL, 4],
  [INTERRUPT_ACKNOWLEDGE, 4],
  [INTERRUPT_RAISE, 4],
  [DMA_SOURCE, 8],
  [DMA_DESTINATION, 8],
  [DMA_COUNT, 8],
  [DMA_COMMAND, 8],
] as const;

const READ_ONLY = [IDENTIFICATION, INTERRUPT_STATUS];

/** Registers that show nothing: their memory is 0, which is a store that does nothing. */
const WRITE_ONLY = new Set([INTERRUPT_RAISE, INTERRUPT_ACKNOWLEDGE]);

/** What answers for the registers. */
export interface Registers {
  readRegister(register: number): bigint;
  writeRegister(register: number, value: bigint): void;
}

export class SharedRegisters {
  readonly #registers: Registers;
  readonly #words = new Map<number, WatchedWord>();
  readonly #memory: DataView;

  constructor(context: DeviceContext, registers: Registers) {
    this.#registers = registers;
    const bytes = context.bars[0]?.bytes ?? new Uint8Array(0);
    this.#memory = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    bytes.fill(0xff);
    for (const [offset, size] of WATCHED) {
      const stored = (value: bigint): void => {
        registers.writeRegister(offset, value);
        this.show();
      };
      this.#words.set(offset, context.watchWord({ bar: 0, offset, size, stored }));
    }
  }

  /** Takes what clients stored since it was looked last. */
  look(): void {
    for (const word of this.#words.values()) word.look();
  }

  /** Shows what the registers hold. Stores that were not taken yet stay. */
  show(): void {
    for (const [register, word] of this.#words) {
      if (word.hasStore) continue;
      word.set(WRITE_ONLY.has(register) ? 0n : this.#registers.readRegister(register));
    }
    for (const register of READ_ONLY) {
      this.#memory.setUint32(register, Number(this.#registers.readRegister(register)), true);
    }
  }
}
