/** Memory that a program shares with its devices: allocated and mapped for DMA as one thing. */
import type { Container } from './container.js';
import { checked } from './error.js';
import type { SystemMemory } from './system.js';

export interface DmaBufferOptions {
  /** Bytes; rounded up to whole pages. */
  readonly length: number;
  /** Where devices see it; a multiple of the page size. */
  readonly iova: bigint;
  /** What devices may do with it. Default: both. */
  readonly access?: 'read' | 'write' | 'read-write';
}

export class DmaBuffer {
  /** Where devices see the buffer. */
  readonly iova: bigint;
  /** The buffer as the program sees it. Must not be touched once released. */
  readonly bytes: Uint8Array;
  readonly #container: Container;
  readonly #memory: SystemMemory;
  #isAllocated = true;

  private constructor(container: Container, memory: SystemMemory, iova: bigint) {
    this.#container = container;
    this.#memory = memory;
    this.iova = iova;
    this.bytes = memory.bytes;
  }

  /** @throws VfioError when there is no memory, or it can't be mapped there */
  static allocate(container: Container, options: DmaBufferOptions): DmaBuffer {
    const { iova, access = 'read-write' } = options;
    const { system } = container;
    const memory = checked<SystemMemory>('mmap of DMA memory', system.allocate(options.length));
    try {
      container.mapDma({ iova, memory, access });
    } catch (error) {
      system.munmap(memory);
      throw error;
    }
    return new DmaBuffer(container, memory, iova);
  }

  /** The address of the buffer in the program. */
  get address(): number {
    return this.#memory.address;
  }

  /** Ends the mapping, then frees the memory, in this order: devices never see memory reused. Idempotent. */
  release(): void {
    if (!this.#isAllocated) return;
    this.#isAllocated = false;
    this.#container.unmapDma(this.iova, this.bytes.length);
    checked('munmap of DMA memory', this.#container.system.munmap(this.#memory));
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
