/**
 * Memory that is shared with programs, and copies to and from it as a device makes them: lowest address first, each
 * byte once, and eight aligned bytes undivided. Drivers spin on the last word of a descriptor, and take the descriptor
 * back within nanoseconds of seeing it. The copy of the C library, which `Uint8Array.set` is, stores some bytes twice,
 * and what the driver has stored between the two is lost. On x86-64 other processors see stores in the order in which
 * they are made. Short copies are quicker this way as well: no view of a part has to be made.
 */

/** What is longer is data, not something that drivers wait for byte by byte: it is copied in the fastest way. */
const LONGEST_ORDERED = 1024;

/** Memory by words of each size. It begins at a multiple of eight. */
export class OrderedMemory {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly longWords: BigUint64Array;

  constructor(bytes: Uint8Array) {
    const { buffer, byteOffset, length } = bytes;
    this.bytes = bytes;
    this.words = new Uint32Array(buffer, byteOffset, length >>> 2);
    this.longWords = new BigUint64Array(buffer, byteOffset, Math.floor(length / 8));
  }

  /** Stores `length` bytes at `at`: those that `source` has from `from` on. */
  copy(at: number, source: OrderedMemory, from: number, length: number): void {
    const distance = from - at;
    if (length > LONGEST_ORDERED || distance % 4 !== 0) {
      this.bytes.set(source.bytes.subarray(from, from + length), at);
      return;
    }
    const end = at + length;
    const longAt = distance % 8 === 0 ? Math.min(end, Math.ceil(at / 8) * 8) : end;
    const longEnd = longAt + ((end - longAt) & ~7);
    this.#copyWords(at, longAt, source, distance);
    const { longWords } = this;
    const first = longAt / 8;
    const farther = distance / 8;
    const count = (longEnd - longAt) >>> 3;
    for (let word = 0; word < count; word++) {
      longWords[first + word] = source.longWords[first + word + farther] as bigint;
    }
    this.#copyWords(longEnd, end, source, distance);
  }

  /** By words of four bytes, and by single bytes before the first and behind the last of them. */
  #copyWords(at: number, end: number, source: OrderedMemory, distance: number): void {
    if (at === end) return;
    const { bytes, words } = this;
    const wordAt = Math.min(end, Math.ceil(at / 4) * 4);
    const wordEnd = wordAt + ((end - wordAt) & ~3);
    for (let byte = at; byte < wordAt; byte++)
      bytes[byte] = source.bytes[byte + distance] as number;
    const first = wordAt / 4;
    const farther = distance / 4;
    const count = (wordEnd - wordAt) >>> 2;
    for (let word = 0; word < count; word++) {
      words[first + word] = source.words[first + word + farther] as number;
    }
    for (let byte = wordEnd; byte < end; byte++)
      bytes[byte] = source.bytes[byte + distance] as number;
  }
}
