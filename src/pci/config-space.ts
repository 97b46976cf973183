/**
 * The configuration space of a function as its hardware has it: every bit is read-only, writable, or
 * cleared by writing one (RW1C). Sizing of BARs follows from which of their bits are writable. What a
 * register does beyond remembering is done by whoever watches it.
 */
import type { PCI_CFG_SPACE_EXP_SIZE, PCI_CFG_SPACE_SIZE } from '../uapi/pci-regs.js';

/** Bytes of one access. */
export type AccessSize = 1 | 2 | 4;

/** What software can do to the bits of a register. Bits in neither are read-only. */
export interface RegisterBits {
  /** Bits that take what is written. */
  readonly writable?: number;
  /** Bits that writing one clears. */
  readonly clearable?: number;
}

interface Watch {
  readonly start: number;
  readonly end: number;
  readonly callback: () => void;
}

export class ConfigSpace {
  readonly size: typeof PCI_CFG_SPACE_SIZE | typeof PCI_CFG_SPACE_EXP_SIZE;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #writable: Uint8Array;
  readonly #clearable: Uint8Array;
  readonly #watches: Watch[] = [];
  #isAnswering = true;
  /** Called after every write by software. */
  onWrite: ((offset: number, size: AccessSize) => void) | undefined;

  constructor(size: 256 | 4096) {
    this.size = size;
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
    this.#writable = new Uint8Array(size);
    this.#clearable = new Uint8Array(size);
  }

  /** Reads as software does. Beyond the end everything is ones. */
  read(offset: number, size: AccessSize): number {
    if (offset + size > this.size) return 0xffff_ffff >>> (32 - 8 * size);
    switch (size) {
      case 1:
        return this.#view.getUint8(offset);
      case 2:
        return this.#view.getUint16(offset, true);
      default:
        return this.#view.getUint32(offset, true);
    }
  }

  /** Writes as software does: only what may change does. Beyond the end nothing happens. */
  write(offset: number, size: AccessSize, value: number): void {
    if (offset + size > this.size) return;
    for (let i = 0; i < size; i++) {
      const at = offset + i;
      const byte = (value >>> (8 * i)) & 0xff;
      const old = this.#bytes[at] ?? 0;
      const writable = this.#writable[at] ?? 0;
      const cleared = byte & (this.#clearable[at] ?? 0);
      this.#bytes[at] = ((old & ~writable) | (byte & writable)) & ~cleared;
    }
    for (const watch of this.#watches) {
      if (offset < watch.end && offset + size > watch.start) watch.callback();
    }
    this.onWrite?.(offset, size);
  }

  /** Sets a register from the hardware's side, whatever its bits allow; nobody is told. */
  set(offset: number, size: AccessSize, value: number): void {
    if (!this.#isAnswering) return;
    for (let i = 0; i < size; i++) this.#bytes[offset + i] = (value >>> (8 * i)) & 0xff;
  }

  /** Sets or clears single bits of a register from the hardware's side. */
  setBits(offset: number, size: AccessSize, bits: number, on: boolean): void {
    const old = this.read(offset, size);
    this.set(offset, size, on ? old | bits : old & ~bits);
  }

  /** Gives a register its content and says what software can do to it. */
  define(offset: number, size: AccessSize, value: number, bits: RegisterBits = {}): void {
    this.set(offset, size, value);
    this.allow(offset, size, bits);
  }

  /** Says what software can do to a register, leaving its content. */
  allow(offset: number, size: AccessSize, bits: RegisterBits): void {
    for (let i = 0; i < size; i++) {
      this.#writable[offset + i] = ((bits.writable ?? 0) >>> (8 * i)) & 0xff;
      this.#clearable[offset + i] = ((bits.clearable ?? 0) >>> (8 * i)) & 0xff;
    }
  }

  /** The bits of a register that take what is written. */
  writableBits(offset: number, size: AccessSize): number {
    let bits = 0;
    for (let i = 0; i < size; i++) bits |= (this.#writable[offset + i] ?? 0) << (8 * i);
    return bits >>> 0;
  }

  /** Calls back after every write by software to any of `length` bytes from `offset`. */
  watch(offset: number, length: number, callback: () => void): void {
    this.#watches.push({ start: offset, end: offset + length, callback });
  }

  /** A copy of the content. */
  snapshot(): Uint8Array {
    return this.#bytes.slice();
  }

  /** Puts back content that `snapshot` gave, from the hardware's side. */
  restore(content: Uint8Array): void {
    if (this.#isAnswering) this.#bytes.set(content);
  }

  /** Whether there is hardware that answers. */
  get isAnswering(): boolean {
    return this.#isAnswering;
  }

  /** From now on nothing answers: everything reads as ones and nothing can be written. */
  disconnect(): void {
    this.#isAnswering = false;
    this.#bytes.fill(0xff);
    this.#writable.fill(0);
    this.#clearable.fill(0);
  }
}
