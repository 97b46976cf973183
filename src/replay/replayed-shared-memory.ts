/** What clients of a recording mapped: they store when the recording says so. */
import {
  LocalMemoryObject,
  type MemoryObject,
  type ReadDetector,
} from '../kernel/memory-object.js';
import { PAGE_SIZE } from '../uapi/file.js';
import type { RecordCursor } from './record-cursor.js';

export class ReplayedSharedMemory implements MemoryObject {
  readonly #cursor: RecordCursor;
  readonly #memory = new LocalMemoryObject();
  /** Where parts begin, with their bytes. */
  readonly #parts = new Map<number, Uint8Array>();

  constructor(cursor: RecordCursor) {
    this.#cursor = cursor;
  }

  map(offset: number, size: number): Uint8Array {
    const bytes = this.#memory.map(offset, size);
    this.#parts.set(offset, bytes);
    return bytes;
  }

  watchReads(offset: number): ReadDetector | undefined {
    const cursor = this.#cursor;
    if (cursor.peekAt('watched')?.isPossible !== true) return undefined;
    return {
      get isTouched() {
        return cursor.peekAt('touched')?.isTouched ?? false;
      },
      readers: () => ({
        get areThrough() {
          return cursor.peekAt('through')?.areThrough ?? true;
        },
      }),
      renew: () => this.store(offset, new Uint8Array(PAGE_SIZE)),
    };
  }

  /** A client stores. */
  store(offset: number, bytes: Uint8Array): void {
    for (const [start, part] of this.#parts) {
      const at = offset - start;
      if (at >= 0 && at + bytes.length <= part.length) part.set(bytes, at);
    }
  }
}
