/** A mapped part of a region: registers as plain loads and stores, naturally aligned. */
import { checked } from './error.js';
import type { SystemMemory, VfioSystem } from './system.js';

export class MappedRegion {
  /** The mapped bytes. Must not be touched once unmapped. */
  readonly bytes: Uint8Array;
  readonly #system: VfioSystem;
  readonly #memory: SystemMemory;
  readonly #request: string;
  // Typed arrays, not a DataView: an aligned element is one load or store of its size.
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;
  readonly #longs: BigUint64Array;
  #isMapped = true;

  /** @param request how the mapping is called in errors */
  constructor(system: VfioSystem, memory: SystemMemory, request: string) {
    const { bytes } = memory;
    this.#system = system;
    this.#memory = memory;
    this.#request = request;
    this.bytes = bytes;
    this.#halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 1);
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
    this.#longs = new BigUint64Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 3);
  }

  read8(offset: number): number {
    return this.bytes[this.#index(offset, 1)] ?? 0;
  }

  read16(offset: number): number {
    return this.#halves[this.#index(offset, 2)] ?? 0;
  }

  read32(offset: number): number {
    return this.#words[this.#index(offset, 4)] ?? 0;
  }

  read64(offset: number): bigint {
    return this.#longs[this.#index(offset, 8)] ?? 0n;
  }

  write8(offset: number, value: number): void {
    this.bytes[this.#index(offset, 1)] = value;
  }

  write16(offset: number, value: number): void {
    this.#halves[this.#index(offset, 2)] = value;
  }

  write32(offset: number, value: number): void {
    this.#words[this.#index(offset, 4)] = value;
  }

  write64(offset: number, value: bigint): void {
    this.#longs[this.#index(offset, 8)] = value;
  }

  /** Idempotent. */
  unmap(): void {
    if (!this.#isMapped) return;
    this.#isMapped = false;
    checked(`munmap after ${this.#request}`, this.#system.munmap(this.#memory));
  }

  [Symbol.dispose](): void {
    this.unmap();
  }

  /** Touching memory that is no longer mapped would end the process; so this is refused here. */
  #index(offset: number, size: number): number {
    if (!this.#isMapped) throw new Error(`${this.#request}: it is no longer mapped`);
    if (offset % size !== 0 || offset < 0 || offset + size > this.bytes.length) {
      const range = `0x${this.bytes.length.toString(16)} bytes`;
      throw new RangeError(
        `no aligned ${size}-byte access at 0x${offset.toString(16)} of ${range}`,
      );
    }
    return offset / size;
  }
}
