/** Reading a capture piece by piece, with one buffer. */
import { NetworkError } from './network-error.js';
import type { CaptureSource } from './surroundings.js';

const CHUNK = 256 * 1024;

export class BufferedSource {
  readonly #source: CaptureSource;
  #buffer = new Uint8Array(CHUNK);
  #start = 0;
  #end = 0;

  constructor(source: CaptureSource) {
    this.#source = source;
  }

  /**
   * The next bytes, good until the next call.
   * @returns undefined at the end of the file
   * @throws NetworkError when the file ends within them
   */
  take(length: number): Uint8Array | undefined {
    if (!this.#fill(length)) {
      if (this.#end === this.#start) return undefined;
      throw new NetworkError('it ends in the middle of a frame', 'take one that is complete');
    }
    const bytes = this.#buffer.subarray(this.#start, this.#start + length);
    this.#start += length;
    return bytes;
  }

  /** Bytes that the file must have. @throws NetworkError */
  need(length: number): Uint8Array {
    const bytes = this.take(length);
    if (bytes === undefined) throw new NetworkError('it ends in the middle of a frame');
    return bytes;
  }

  close(): void {
    this.#source.close();
  }

  /** Whether so many bytes are in the buffer, after reading them if need be. */
  #fill(length: number): boolean {
    if (this.#end - this.#start >= length) return true;
    const rest = this.#buffer.subarray(this.#start, this.#end);
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(length);
      larger.set(rest);
      this.#buffer = larger;
    } else this.#buffer.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    while (this.#end < length) {
      const count = this.#source.read(this.#buffer.subarray(this.#end));
      if (count === 0) return false;
      this.#end += count;
    }
    return true;
  }
}
