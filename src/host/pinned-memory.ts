/**
 * The memory of a program as devices reach it: through windows where there are some, else as everybody
 * else reaches it.
 */
import type { DmaMemory, MemoryPiece } from '../iommu/iommu-domain.js';
import type { SharedWindows } from './shared-windows.js';

export class PinnedMemory implements DmaMemory {
  readonly windows: SharedWindows;
  readonly #other: Required<Pick<DmaMemory, 'read' | 'write' | 'readv' | 'writev'>>;

  /** @param other reaches what no window shows */
  constructor(
    windows: SharedWindows,
    other: Required<Pick<DmaMemory, 'read' | 'write' | 'readv' | 'writev'>>,
  ) {
    this.windows = windows;
    this.#other = other;
  }

  get isEmpty(): boolean {
    return this.windows.isEmpty;
  }

  read(address: number, target: Uint8Array): boolean {
    const bytes = this.windows.find(address, target.length, false);
    if (bytes === undefined) return this.#other.read(address, target);
    const { failures } = this.windows;
    target.set(bytes);
    return this.#isIntact(failures);
  }

  write(address: number, source: Uint8Array): boolean {
    const bytes = this.windows.find(address, source.length, true);
    if (bytes === undefined) return this.#other.write(address, source);
    const { failures } = this.windows;
    bytes.set(source);
    return this.#isIntact(failures);
  }

  readv(pieces: readonly MemoryPiece[], target: Uint8Array): boolean {
    const { failures } = this.windows;
    let done = 0;
    for (const { address, length } of pieces) {
      const bytes = this.windows.find(address, length, false);
      if (bytes === undefined) return this.#other.readv(pieces, target);
      target.set(bytes, done);
      done += length;
    }
    return this.#isIntact(failures);
  }

  writev(pieces: readonly MemoryPiece[], source: Uint8Array): boolean {
    const { failures } = this.windows;
    let done = 0;
    for (const { address, length } of pieces) {
      const bytes = this.windows.find(address, length, true);
      if (bytes === undefined) return this.#other.writev(pieces, source);
      bytes.set(source.subarray(done, done + length));
      done += length;
    }
    return this.#isIntact(failures);
  }

  /** Whether all was there. If not, windows are not used any more: the file behind one was cut short. */
  #isIntact(failuresBefore: number): boolean {
    if (this.windows.failures === failuresBefore) return true;
    this.windows.release();
    return false;
  }
}
