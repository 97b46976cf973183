/** Which pages of mappings have been written: one bitmap a mapping, made when first needed. */

/** Bits in a word of the bitmaps that users see. */
export const WORD_BITS = 64;

/** A bitmap of whole 64-bit words, little-endian; bit n is page n of a mapping. */
export class DirtyBitmap {
  #bytes: Uint8Array;

  /** @param bits at least so many fit */
  constructor(bits: number) {
    this.#bytes = new Uint8Array(bytesOfBits(bits));
  }

  /** The first `bits` bits and the rest of their last word: a view. */
  bytes(bits: number): Uint8Array {
    this.#reserve(bits);
    return this.#bytes.subarray(0, bytesOfBits(bits));
  }

  get isEmpty(): boolean {
    return this.#bytes.every((byte) => byte === 0);
  }

  set(first: number, count: number): void {
    this.#reserve(first + count);
    let at = first;
    const end = first + count;
    for (; at < end && at % 8 !== 0; at++) this.#setBit(at);
    const wholeBytes = Math.floor((end - at) / 8);
    this.#bytes.fill(0xff, at / 8, at / 8 + wholeBytes);
    for (at += wholeBytes * 8; at < end; at++) this.#setBit(at);
  }

  /** Clears bits 0 to `count` − 1; what is behind them stays. */
  clear(count: number): void {
    const wholeBytes = Math.floor(count / 8);
    this.#bytes.fill(0, 0, wholeBytes);
    if (count % 8 !== 0) {
      this.#bytes[wholeBytes] = (this.#bytes[wholeBytes] as number) & (0xff << (count % 8));
    }
  }

  /** Moves all bits up by `shift`, less than a word, and makes room for `bits` of them. */
  shiftUp(shift: number, bits: number): void {
    this.#reserve(bits);
    const bytes = this.#bytes;
    const whole = shift >>> 3;
    const part = shift & 7;
    for (let at = bytes.length - 1; at >= 0; at--) {
      const high = at >= whole ? (bytes[at - whole] as number) << part : 0;
      const low = at > whole ? (bytes[at - whole - 1] as number) >>> (8 - part) : 0;
      bytes[at] = high | low;
    }
  }

  /** Sets the bits that are set in the first `count` bits of `other`, less than a word of them. */
  merge(other: Uint8Array, count: number): void {
    for (let bit = 0; bit < count; bit++) {
      if ((((other[bit >>> 3] as number) >>> (bit & 7)) & 1) === 1) this.#setBit(bit);
    }
  }

  #setBit(bit: number): void {
    const at = Math.floor(bit / 8);
    this.#bytes[at] = (this.#bytes[at] as number) | (1 << (bit % 8));
  }

  #reserve(bits: number): void {
    const length = bytesOfBits(bits);
    if (length <= this.#bytes.length) return;
    const bytes = new Uint8Array(length);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}

/** Bytes of the whole words that hold so many bits. */
export function bytesOfBits(bits: number): number {
  return Math.ceil(bits / WORD_BITS) * (WORD_BITS / 8);
}

/** The bitmaps of a domain's mappings, by their first pages. */
export class DirtyLog {
  readonly #bitmaps = new Map<number, DirtyBitmap>();

  /** Notes that `count` pages from `first` on, of the mapping of `pages` pages, were written. */
  mark(start: number, pages: number, first: number, count: number): void {
    this.bitmap(start, pages).set(first, count);
  }

  /** The bitmap of the mapping of `pages` pages that begins with page `start`, to read or change. */
  bitmap(start: number, pages: number): DirtyBitmap {
    let bitmap = this.#bitmaps.get(start);
    if (bitmap === undefined) {
      bitmap = new DirtyBitmap(pages);
      this.#bitmaps.set(start, bitmap);
    }
    return bitmap;
  }

  /** Forgets a mapping. */
  delete(start: number): void {
    this.#bitmaps.delete(start);
  }
}
