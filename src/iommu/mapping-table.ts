/**
 * The mappings of a domain: intervals of I/O virtual pages that do not overlap, each with the memory
 * it leads to. They stand in order in chunks, stretches of one typed array, which an ordered index
 * finds; so a look-up touches little memory, and a million mappings cost about 60 bytes each.
 *
 * A mapping is named by its *entry*, a number that holds until the table changes.
 */
import { NONE, PageIndex } from './page-index.js';

/** Entries a chunk has room for. */
const CAPACITY = 32;
/** A chunk that has fewer is joined with a neighbour, when they fit into one. */
const FEW = CAPACITY / 4;
/** Numbers in an entry: first page, page behind the last, page of memory, tag. */
const STRIDE = 4;
const END = 1;
const MEMORY_PAGE = 2;
const TAG = 3;
const INITIAL_CHUNKS = 2;
/** Begins at page 0, and is there even when empty: so that every page has its chunk. */
const FIRST_CHUNK = 0;

export class MappingTable {
  readonly #index = new PageIndex();
  #entries = new Float64Array(INITIAL_CHUNKS * CAPACITY * STRIDE);
  #attachments = new Float64Array(INITIAL_CHUNKS * CAPACITY);
  #counts = new Uint8Array(INITIAL_CHUNKS);
  /** A chunk holds the mappings that begin from here on, up to the next chunk's bound. */
  #bounds = new Float64Array(INITIAL_CHUNKS);
  #chunks = 1;
  readonly #freeChunks: number[] = [];
  #size = 0;

  constructor() {
    this.#index.insert(0, FIRST_CHUNK);
  }

  /** Mappings. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of the arrays. */
  get byteLength(): number {
    return (
      this.#index.byteLength +
      this.#entries.byteLength +
      this.#attachments.byteLength +
      this.#counts.byteLength +
      this.#bounds.byteLength
    );
  }

  /** The mapping that a page is in, or NONE. */
  find(page: number): number {
    const chunk = this.#index.floor(page);
    const at = this.#position(chunk, page);
    const entry = at < 0 ? this.#lastBefore(chunk) : chunk * CAPACITY + at;
    return entry !== NONE && page < (this.#entries[entry * STRIDE + END] as number) ? entry : NONE;
  }

  /** The first mapping that ends behind a page: the one the page is in, else the next. NONE: none. */
  firstFrom(page: number): number {
    const found = this.find(page);
    if (found !== NONE) return found;
    const chunk = this.#index.floor(page);
    return this.#entryOrNext(chunk, this.#position(chunk, page) + 1);
  }

  /** The mapping behind another. NONE: that was the last. */
  next(entry: number): number {
    return this.#entryOrNext(Math.floor(entry / CAPACITY), (entry % CAPACITY) + 1);
  }

  /** Some mapping that has a page of [page, page + pages), or NONE. */
  findOverlap(page: number, pages: number): number {
    const entry = this.firstFrom(page);
    return entry === NONE || this.start(entry) >= page + pages ? NONE : entry;
  }

  start(entry: number): number {
    return this.#entries[entry * STRIDE] as number;
  }

  /** The page behind the last. */
  end(entry: number): number {
    return this.#entries[entry * STRIDE + END] as number;
  }

  pages(entry: number): number {
    return this.end(entry) - this.start(entry);
  }

  /** The page of memory that the first page leads to. */
  memoryPage(entry: number): number {
    return this.#entries[entry * STRIDE + MEMORY_PAGE] as number;
  }

  /** The number below 2^31 that says which memory, and what may be done to it. */
  tag(entry: number): number {
    return this.#entries[entry * STRIDE + TAG] as number;
  }

  /** A number that whoever made the mapping keeps with it; 0 at first. */
  attachment(entry: number): number {
    return this.#attachments[entry] as number;
  }

  setAttachment(entry: number, attachment: number): void {
    this.#attachments[entry] = attachment;
  }

  /** Makes a mapping lead elsewhere. */
  redirect(entry: number, memoryPage: number, tag: number): void {
    this.#entries[entry * STRIDE + MEMORY_PAGE] = memoryPage;
    this.#entries[entry * STRIDE + TAG] = tag;
  }

  /** Adds a mapping of pages none of which is mapped. Returns its entry. */
  insert(page: number, pages: number, memoryPage: number, tag: number): number {
    let chunk = this.#index.floor(page);
    let at = this.#position(chunk, page) + 1;
    if (this.#counts[chunk] === CAPACITY) {
      this.#split(chunk, at, page);
      chunk = this.#index.floor(page);
      at = this.#position(chunk, page) + 1;
    }
    const entry = chunk * CAPACITY + at;
    const count = this.#counts[chunk] as number;
    this.#move(entry, entry + 1, count - at);
    this.#counts[chunk] = count + 1;
    this.#entries[entry * STRIDE] = page;
    this.#entries[entry * STRIDE + END] = page + pages;
    this.#entries[entry * STRIDE + MEMORY_PAGE] = memoryPage;
    this.#entries[entry * STRIDE + TAG] = tag;
    this.#attachments[entry] = 0;
    this.#size += 1;
    return entry;
  }

  remove(entry: number): void {
    const chunk = Math.floor(entry / CAPACITY);
    const count = (this.#counts[chunk] as number) - 1;
    this.#move(entry + 1, entry, chunk * CAPACITY + count - entry);
    this.#counts[chunk] = count;
    this.#size -= 1;
    if (count < FEW) this.#shrink(chunk, count);
  }

  /** Removes all mappings, and gives the memory back. */
  clear(): void {
    this.#index.clear();
    this.#index.insert(0, FIRST_CHUNK);
    this.#entries = new Float64Array(INITIAL_CHUNKS * CAPACITY * STRIDE);
    this.#attachments = new Float64Array(INITIAL_CHUNKS * CAPACITY);
    this.#counts = new Uint8Array(INITIAL_CHUNKS);
    this.#bounds = new Float64Array(INITIAL_CHUNKS);
    this.#chunks = 1;
    this.#freeChunks.length = 0;
    this.#size = 0;
  }

  /** The position in a chunk of the last mapping that begins at or before `page`; −1: none does. */
  #position(chunk: number, page: number): number {
    const entries = this.#entries;
    const base = chunk * CAPACITY * STRIDE;
    let low = 0;
    let high = this.#counts[chunk] as number;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((entries[base + middle * STRIDE] as number) <= page) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** The last entry before a chunk, or NONE. Only the first chunk may be empty. */
  #lastBefore(chunk: number): number {
    if (chunk === FIRST_CHUNK) return NONE;
    const before = this.#chunkBefore(chunk);
    const count = this.#counts[before] as number;
    return count === 0 ? NONE : before * CAPACITY + count - 1;
  }

  /** The entry at a position of a chunk, or, behind its last, the next chunk's first. NONE: none. */
  #entryOrNext(chunk: number, at: number): number {
    if (at < (this.#counts[chunk] as number)) return chunk * CAPACITY + at;
    const behind = this.#chunkBehind(chunk);
    return behind === NONE ? NONE : behind * CAPACITY;
  }

  #chunkBefore(chunk: number): number {
    return this.#index.floor((this.#bounds[chunk] as number) - 1);
  }

  #chunkBehind(chunk: number): number {
    return this.#index.ceiling((this.#bounds[chunk] as number) + 1);
  }

  /**
   * Makes room in a full chunk, for an entry that begins with `page` and belongs at `at`: later
   * entries move to a new chunk. Ascending insertion leaves full chunks behind.
   */
  #split(chunk: number, at: number, page: number): void {
    const keep = at === CAPACITY ? CAPACITY : CAPACITY / 2;
    const behind = this.#newChunk();
    const first = chunk * CAPACITY + keep;
    this.#move(first, behind * CAPACITY, CAPACITY - keep);
    this.#counts[chunk] = keep;
    this.#counts[behind] = CAPACITY - keep;
    const bound = keep === CAPACITY ? page : this.start(first);
    this.#bounds[behind] = bound;
    this.#index.insert(bound, behind);
  }

  /** Joins a chunk that has few entries with a neighbour, if they fit into one. */
  #shrink(chunk: number, count: number): void {
    const behind = this.#chunkBehind(chunk);
    if (behind !== NONE && count + (this.#counts[behind] as number) <= CAPACITY) {
      this.#join(chunk, behind);
    } else if (chunk !== FIRST_CHUNK) {
      const before = this.#chunkBefore(chunk);
      if (count + (this.#counts[before] as number) <= CAPACITY) this.#join(before, chunk);
    }
  }

  /** Moves everything from a chunk to the one before it. */
  #join(chunk: number, behind: number): void {
    const count = this.#counts[chunk] as number;
    const more = this.#counts[behind] as number;
    this.#move(behind * CAPACITY, chunk * CAPACITY + count, more);
    this.#counts[chunk] = count + more;
    this.#index.remove(this.#bounds[behind] as number);
    this.#freeChunks.push(behind);
  }

  #move(from: number, to: number, count: number): void {
    if (count === 0) return;
    this.#entries.copyWithin(to * STRIDE, from * STRIDE, (from + count) * STRIDE);
    this.#attachments.copyWithin(to, from, from + count);
  }

  #newChunk(): number {
    const free = this.#freeChunks.pop();
    if (free !== undefined) return free;
    const chunk = this.#chunks++;
    if (chunk === this.#counts.length) this.#grow(Math.ceil(chunk * 1.5));
    return chunk;
  }

  #grow(capacity: number): void {
    const entries = new Float64Array(capacity * CAPACITY * STRIDE);
    entries.set(this.#entries);
    this.#entries = entries;
    const attachments = new Float64Array(capacity * CAPACITY);
    attachments.set(this.#attachments);
    this.#attachments = attachments;
    const counts = new Uint8Array(capacity);
    counts.set(this.#counts);
    this.#counts = counts;
    const bounds = new Float64Array(capacity);
    bounds.set(this.#bounds);
    this.#bounds = bounds;
  }
}
