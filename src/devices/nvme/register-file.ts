/** What the registers hold: for accesses by call as it is, and in the memory of clients. */
import type { AccessSize } from '../../pci/config-space.js';
import {
  ACQ,
  AQA,
  ASQ,
  CAP,
  CAP_HIGH,
  CAP_LOW,
  REGISTERS_SIZE,
  VERSION_1_4,
  VS,
} from './registers.js';
import type { SharedBar } from './shared-bar.js';

/** Kept by all resets but the loss of power. */
const KEPT = [AQA, ASQ, ASQ + 4, ACQ, ACQ + 4];

export class RegisterFile {
  readonly #view = new DataView(new ArrayBuffer(REGISTERS_SIZE));
  readonly #shared: SharedBar;
  readonly #queueEntries: number;

  /** @param queueEntries the most that an I/O queue can have */
  constructor(shared: SharedBar, queueEntries: number) {
    this.#shared = shared;
    this.#queueEntries = queueEntries;
  }

  reset(cause: string): void {
    for (let register = 0; register < REGISTERS_SIZE; register += 4) {
      if (cause === 'power-on' || !KEPT.includes(register)) this.set(register, 0);
    }
    this.set(CAP, CAP_LOW | (this.#queueEntries - 1));
    this.set(CAP + 4, CAP_HIGH);
    this.set(VS, VERSION_1_4);
  }

  get(register: number): number {
    return this.#view.getUint32(register, true);
  }

  /** A register of 64 bits. */
  get64(register: number): bigint {
    return this.#view.getBigUint64(register, true);
  }

  set(register: number, value: number): void {
    this.#view.setUint32(register, value, true);
    this.#shared.show(register, value >>> 0);
  }

  /** A register that memory shows as zero, so that every store of a bit is seen. */
  setHidden(register: number, value: number): void {
    this.#view.setUint32(register, value, true);
    this.#shared.show(register, 0);
  }

  /** Any access, also to a part. */
  read(offset: number, size: AccessSize): number {
    return readView(this.#view, offset, size);
  }
}

export function readView(view: DataView, offset: number, size: AccessSize): number {
  if (size === 1) return view.getUint8(offset);
  return size === 2 ? view.getUint16(offset, true) : view.getUint32(offset, true);
}
