/**
 * The memory of a program as devices reach it: through windows where there are some, else as everybody
 * else reaches it.
 */
import type { DmaMemory, MemoryPiece } from '../iommu/iommu-domain.js';
import { OrderedMemory } from './ordered-memory.js';
import type { SharedWindows } from './shared-windows.js';

/** What is moved passes through here, so that its words lie as those of the program's memory do. */
const CAPACITY = 64 * 1024;
const passage = new OrderedMemory(new Uint8Array(CAPACITY + 8));

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
    if (source.length <= CAPACITY) {
      const first = at % 8;
      passage.bytes.set(source, first);
      window.content.copy(at, passage, first, source.length);
    } else window.content.bytes.set(source, at);
    return this.#isIntact(failures);
  }

  readv(pieces: readonly MemoryPiece[], target: Uint8Array): boolean {
    const { failures } = this.windows;
    const isShort = target.length <= CAPACITY;
    const first = (pieces[0]?.address ?? 0) % 8;
    let done = 0;
    for (const { address, length } of pieces) {
      const window = this.windows.find(address, length, false);
      if (window === undefined) return this.#other.readv(pieces, target);
      const from = address - window.start;
      if (isShort) passage.copy(first + done, window.content, from, length);
      else target.set(window.content.bytes.subarray(from, from + length), done);
      done += length;
    }
    if (isShort) target.set(passage.bytes.subarray(first, first + done));
    return this.#isIntact(failures);
  }

  writev(pieces: readonly MemoryPiece[], source: Uint8Array): boolean {
    for (const { address, length } of pieces) {
      const isShown = this.windows.find(address, length, true) !== undefined;
      if (!isShown) return this.#other.writev(pieces, source);
    }
    const { failures } = this.windows;
    const isShort = source.length <= CAPACITY;
    const first = (pieces[0]?.address ?? 0) % 8;
    if (isShort) passage.bytes.set(source, first);
    let done = 0;
    for (const { address, length } of pieces) {
      const window = this.windows.find(address, length, true);
      if (window === undefined) return false;
      const at = address - window.start;
      if (isShort) window.content.copy(at, passage, first + done, length);
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
