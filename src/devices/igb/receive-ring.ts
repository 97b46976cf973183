/**
 * A ring of receive descriptors in host memory: fetched in bursts ahead of the packets they are for, as
 * hardware does, filled in here, and written back together.
 */
import type { IovaRange } from '../../iommu/iommu-domain.js';
import type { Dma } from '../../pci/dma.js';
import type { RegisterFile } from './register-file.js';
import {
  QUEUE_ENABLE,
  QUEUES,
  RDBAH,
  RDBAL,
  RDH,
  RDLEN,
  RDT,
  receiveQueue,
  RQDPC,
  RXDCTL,
} from './registers.js';
import { ringRanges } from './ring-ranges.js';

export const DESCRIPTOR_BYTES = 16;
/** Descriptors fetched at a time: no packet has more. */
export const FETCH = 64;

/** Registers that count what rings have dropped: reading clears them. */
export const DROP_COUNTERS: ReadonlySet<number> = new Set(
  Array.from({ length: QUEUES }, (_, queue) => receiveQueue(queue) + RQDPC),
);

export class ReceiveRing {
  /** Offset of its registers. */
  readonly base: number;
  readonly #registers: RegisterFile;
  readonly #dma: Dma;
  /** Descriptors that are here: those up to `#used` are filled in, those up to `#written` written back. */
  readonly #bytes = new Uint8Array(FETCH * DESCRIPTOR_BYTES);
  readonly #words = new Uint32Array(this.#bytes.buffer);
  readonly #addresses = new BigUint64Array(this.#bytes.buffer);
  #count = 0;
  #used = 0;
  #written = 0;
  /** The place in the ring of the first of them. */
  #first = 0;
  /** What of the registers was taken over. */
  #low = 0;
  #high = 0;
  #size = 0;
  #head = 0;

  constructor(number: number, registers: RegisterFile, dma: Dma) {
    this.base = receiveQueue(number);
    this.#registers = registers;
    this.#dma = dma;
  }

  get isEnabled(): boolean {
    return (this.#registers.get(this.base + RXDCTL) & QUEUE_ENABLE) !== 0;
  }

  /** Descriptors in the ring. */
  get size(): number {
    return this.#size;
  }

  /** The next descriptor's number among those that are here. */
  get slot(): number {
    return this.#used;
  }

  /** Where the next descriptor wants the packet, or the rest of it. */
  get dataAddress(): bigint {
    return this.#addresses[this.#used * 2] as bigint;
  }

  /** Where it wants headers. */
  get headerAddress(): bigint {
    return (this.#addresses[this.#used * 2 + 1] as bigint) & ~1n;
  }

  /** Takes over what software may have changed: place, length, head. To be called before all else. */
  begin(): void {
    const registers = this.#registers;
    const { base } = this;
    const low = (registers.get(base + RDBAL) & ~0x7f) >>> 0;
    const high = registers.get(base + RDBAH);
    const head = registers.get(base + RDH);
    const size = (registers.get(base + RDLEN) & 0xf_ff80) / DESCRIPTOR_BYTES;
    const isSameRing = low === this.#low && high === this.#high && size === this.#size;
    if (isSameRing && head === this.#head && this.isEnabled) return;
    this.#low = low;
    this.#high = high;
    this.#size = size;
    this.#head = this.#first = head;
    this.#count = this.#used = this.#written = 0;
  }

  /** Descriptors that software has given and that were not used yet. 0 also when head or tail can't be. */
  available(): number {
    const size = this.#size;
    const tail = this.#registers.get(this.base + RDT);
    if (tail >= size || this.#head >= size) return 0;
    return (tail - this.#next + size) % size;
  }

  /**
   * Has the next descriptors here, which must be available. False: those before have to be written back first, or
   * the ring can't be read and is disabled.
   */
  prepare(needed: number): boolean {
    if (this.#count - this.#used >= needed) return true;
    if (this.#used > this.#written) return false;
    const first = this.#next;
    const count = Math.min(this.available(), FETCH);
    const bytes = this.#bytes.subarray(0, count * DESCRIPTOR_BYTES);
    if (!this.#dma.readv(this.#ranges(first, count), bytes)) {
      this.disable();
      return false;
    }
    this.#first = first;
    this.#count = count;
    this.#used = this.#written = 0;
    return true;
  }

  /** Fills in the next descriptor and goes on to the one behind it. */
  fill(word0: number, word1: number, word2: number, word3: number): void {
    const words = this.#words;
    const at = this.#used * 4;
    words[at] = word0;
    words[at + 1] = word1;
    words[at + 2] = word2;
    words[at + 3] = word3;
    this.#used += 1;
  }

  /** Sets bits of the status of a descriptor that was filled in. */
  addStatus(slot: number, bits: number): void {
    const at = slot * 4 + 2;
    this.#words[at] = (this.#words[at] as number) | bits;
  }

  /** Writes back what was filled in, and moves the head. False: it can't be written; the ring is disabled. */
  writeBack(): boolean {
    const from = this.#written;
    const place = (this.#first + from) % this.#size;
    const bytes = this.#bytes.subarray(from * DESCRIPTOR_BYTES, this.#used * DESCRIPTOR_BYTES);
    const isWritten = this.#dma.writev(this.#ranges(place, this.#used - from), bytes);
    this.#written = this.#used;
    this.#head = this.#next;
    this.#registers.set(this.base + RDH, this.#head);
    if (!isWritten) this.disable();
    return isWritten;
  }

  /** Its memory can't be reached: it can't go on. */
  disable(): void {
    const place = this.base + RXDCTL;
    this.#registers.set(place, this.#registers.get(place) & ~QUEUE_ENABLE);
    this.#count = this.#used = this.#written = 0;
    this.#first = this.#head;
  }

  get #next(): number {
    return (this.#first + this.#used) % this.#size;
  }

  #ranges(place: number, count: number): IovaRange[] {
    const base = (BigInt(this.#high) << 32n) | BigInt(this.#low);
    return ringRanges({ base, size: this.#size }, place, count);
  }
}
