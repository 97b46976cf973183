/**
 * Memory that a device's model and the clients that map it share. In-process it is an array; the
 * host makes it a file, so that native programs map the same pages.
 */

/** Memory by offset. The same offset is the same bytes for whoever asks. */
export interface MemoryObject {
  /** The bytes from `offset`, `size` long; both multiples of the page size. Zeroed at first. */
  map(offset: number, size: number): Uint8Array;
  /**
   * Lets clients reach what they have mapped or map, or lets every touch be SIGBUS. The content stays,
   * and the device reaches it all the same. Absent where that can't be done.
   */
  setReachable?(isReachable: boolean): void;
  /**
   * Says whether clients may have mapped what was mapped here from `offset` on: only then can they store
   * to it, and see it. Absent where that makes no difference.
   */
  setMapped?(offset: number, isMapped: boolean): void;
  /** Nobody needs the content any more. The bytes stay valid to touch. */
  discard?(): void;
  /**
   * Watches a page for being looked at by clients that have it mapped.
   * @param offset of the page
   * @returns undefined where that can't be told
   */
  watchReads?(offset: number): ReadDetector | undefined;
}

/** Tells whether clients have touched a page of shared memory. */
export interface ReadDetector {
  /** Whether some client has, since it was renewed. */
  readonly isTouched: boolean;
  /** Those who may be reading it now. */
  readers(): Readers;
  /** Makes it a page of zeros that nobody has touched. */
  renew(): void;
}

/** Clients that may have been reading something at a moment. */
export interface Readers {
  /** Whether all have got on since: what they were reading at one go, they have read. */
  readonly areThrough: boolean;
}

/** A memory object of this process alone. */
export class LocalMemoryObject implements MemoryObject {
  readonly #parts = new Map<number, Uint8Array>();

  map(offset: number, size: number): Uint8Array {
    let part = this.#parts.get(offset);
    if (part === undefined || part.length < size) {
      part = new Uint8Array(size);
      this.#parts.set(offset, part);
    }
    return part.subarray(0, size);
  }
}
