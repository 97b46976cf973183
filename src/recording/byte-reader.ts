/** Reads what a `ByteWriter` wrote, piece by piece, and trusts none of it. */
import { FLOAT_64, UINT_16, UINT_32 } from './byte-writer.js';

/** A recording that is not what was recorded; the message says where and what. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

/** What is exact. */
const MOST = 2 ** 53;

export class ByteReader {
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  readonly #texts: string[] = [];

  /** Reads on in the next piece; what is left of the last is dropped. */
  open(bytes: Uint8Array): void {
    this.#bytes = new Uint8Array(bytes);
    this.#view = new DataView(this.#bytes.buffer);
    this.#at = 0;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new RecordingError('a record ends too early');
    this.#at += 1;
    return value;
  }

  uint(): number {
    const first = this.byte();
    if (first < UINT_16) return first;
    if (first === UINT_16) return this.#view.getUint16(this.#skip(2), true);
    if (first === UINT_32) return this.#view.getUint32(this.#skip(4), true);
    const value = this.float();
    if (Number.isInteger(value) && value >= 0 && value <= MOST) return value;
    throw new RecordingError('a number is none');
  }

  int(): number {
    if (this.#bytes[this.#at] === FLOAT_64) {
      this.#at += 1;
      const value = this.float();
      if (Number.isInteger(value)) return value;
      throw new RecordingError('a number is none');
    }
    const value = this.uint();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  float(): number {
    return this.#view.getFloat64(this.#skip(8), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#skip(8), true);
  }

  bytes(): Uint8Array {
    const length = this.uint();
    const start = this.#skip(length);
    return this.#bytes.slice(start, start + length);
  }

  text(): string {
    const number = this.uint();
    if (number > 0) {
      const known = this.#texts[number - 1];
      if (known === undefined) throw new RecordingError('a text is missing');
      return known;
    }
    const text = new TextDecoder('utf-8').decode(this.bytes());
    this.#texts.push(text);
    return text;
  }

  #skip(count: number): number {
    const start = this.#at;
    if (start + count > this.#bytes.length) throw new RecordingError('a record ends too early');
    this.#at += count;
    return start;
  }
}
