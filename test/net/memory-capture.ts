/** Files of captures in memory, for tests. */
import { NetworkError } from '../../src/net/network-error.js';
import type { CaptureFile, CaptureSource } from '../../src/net/surroundings.js';

export interface MemoryCapture extends CaptureFile {
  readonly bytes: Uint8Array;
  /** From now on nothing can be written. */
  isFull: boolean;
  readonly isClosed: boolean;
}

export function memoryCapture(): MemoryCapture {
  const chunks: Uint8Array[] = [];
  let isClosed = false;
  return {
    isFull: false,
    get isClosed() {
      return isClosed;
    },
    get bytes() {
      return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
    },
    write(bytes) {
      if (this.isFull) throw new NetworkError('no space left');
      chunks.push(bytes.slice());
    },
    close() {
      isClosed = true;
    },
  };
}

/** A source that hands out few bytes at a time. */
export function memorySource(bytes: Uint8Array, atOnce = 1000): CaptureSource {
  let at = 0;
  return {
    read(target) {
      const count = Math.min(target.length, atOnce, bytes.length - at);
      target.set(bytes.subarray(at, at + count));
      at += count;
      return count;
    },
    close: () => undefined,
  };
}
