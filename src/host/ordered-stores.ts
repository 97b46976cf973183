/**
 * Stores to memory of programs as a device makes them: lowest address first, each byte once, and eight aligned
 * bytes undivided. Drivers spin on the last word of a descriptor, and take the descriptor back within nanoseconds of
 * seeing it. The copy of the C library, which `Uint8Array.set` is, stores some bytes twice, and what the driver has
 * stored between the two is lost. On x86-64 other processors see stores in the order in which they are made.
 */

/** Bytes that can be taken over. */
const CAPACITY = 64 * 1024;
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
}

export class OrderedStores {
  static readonly capacity = CAPACITY;
  /** Here what is to be stored lies so that its words can be had. */
  readonly #source = new OrderedMemory(new Uint8Array(CAPACITY + 8));
  #first = 0;

  /** Takes over what is to be stored, at most `capacity` bytes. @param at where the first of them goes */
  load(bytes: Uint8Array, at: number): void {
    this.#first = at % 8;
    this.#source.bytes.set(bytes, this.#first);
  }

  /** Stores `length` bytes at `at`, of those that were taken over from `done` on. */
  store(target: OrderedMemory, at: number, done: number, length: number): void {
    const from = this.#first + done;
    const distance = at - from;
    if (length > LONGEST_ORDERED || distance % 4 !== 0) {
      target.bytes.set(this.#source.bytes.subarray(from, from + length), at);
      return;
    }
    const end = from + length;
    const longFrom = distance % 8 === 0 ? Math.min(end, (from + 7) & ~7) : end;
    const longEnd = longFrom + ((end - longFrom) & ~7);
    this.#storeWords(target, from, longFrom, distance);
    const { longWords } = this.#source;
    const farther = distance / 8;
    for (let word = longFrom >>> 3; word < longEnd >>> 3; word++) {
      target.longWords[word + farther] = longWords[word] as bigint;
    }
    this.#storeWords(target, longEnd, end, distance);
  }

  /** By words of four bytes, and by single bytes before the first and behind the last of them. */
  #storeWords(target: OrderedMemory, from: number, end: number, distance: number): void {
    if (from === end) return;
    const { bytes, words } = this.#source;
    const wordFrom = Math.min(end, (from + 3) & ~3);
    const wordEnd = wordFrom + ((end - wordFrom) & ~3);
    for (let at = from; at < wordFrom; at++) target.bytes[at + distance] = bytes[at] as number;
    for (let word = wordFrom >>> 2; word < wordEnd >>> 2; word++) {
      target.words[word + distance / 4] = words[word] as number;
    }
    for (let at = wordEnd; at < end; at++) target.bytes[at + distance] = bytes[at] as number;
  }
}
