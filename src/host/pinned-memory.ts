/**
 * The memory of a program as devices reach it: through windows where there are some, else as everybody
 * else reaches it.
 */
import type { DmaMemory, MemoryPiece } from '../iommu/iommu-domain.js';
import { OrderedStores } from './ordered-stores.js';
import type { SharedWindows } from './shared-windows.js';

/** For whatever is stored: nothing of it is kept. */
const stores = new OrderedStores();

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
    const window = this.windows.find(address, target.length, false);
    if (window === undefined) return this.#other.read(address, target);
    const { failures } = this.windows;
    const from = address - window.start;
    target.set(window.content.bytes.subarray(from, from + target.length));
    return this.#isIntact(failures);
  }

  write(address: number, source: Uint8Array): boolean {
    const window = this.windows.find(address, source.length, true);
    if (window === undefined) return this.#other.write(address, source);
    const { failures } = this.windows;
    const at = address - window.start;
    if (source.length <= OrderedStores.capacity) {
      stores.load(source, at);
      stores.store(window.content, at, 0, source.length);
    } else window.content.bytes.set(source, at);
    return this.#isIntact(failures);
  }

  readv(pieces: readonly MemoryPiece[], target: Uint8Array): boolean {
    const { failures } = this.windows;
    let done = 0;
    for (const { address, length } of pieces) {
      const window = this.windows.find(address, length, false);
      if (window === undefined) return this.#other.readv(pieces, target);
      const from = address - window.start;
      target.set(window.content.bytes.subarray(from, from + length), done);
      done += length;
    }
    return this.#isIntact(failures);
  }

  writev(pieces: readonly MemoryPiece[], source: Uint8Array): boolean {
    for (const { address, length } of pieces) {
      const isShown = this.windows.find(address, length, true) !== undefined;
      if (!isShown) return this.#other.writev(pieces, source);
    }
    const { failures } = this.windows;
    const isShort = source.length <= OrderedStores.capacity;
    if (isShort) stores.load(source, pieces[0]?.address ?? 0);
    let done = 0;
    for (const { address, length } of pieces) {
      const window = this.windows.find(address, length, true);
      if (window === undefined) return false;
      const at = address - window.start;
      if (isShort) stores.store(window.content, at, done, length);
      else window.content.bytes.set(source.subarray(done, done + length), at);
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
