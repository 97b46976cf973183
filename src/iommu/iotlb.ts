/**
 * What an IOMMU keeps of the translations it has found: a set-associative cache. It grows with the
 * number of mappings, so that a translation costs one access to far memory however many there are.
 *
 * A mapping of 2^c up to 2^(c+1) pages is of class c, and touches at most three aligned blocks of 2^c
 * pages. It is kept under the block looked for: so a mapping of any size and place takes at most
 * three lines, and is forgotten in three steps. A look-up tries each class there is, mostly one or two.
 */

/** Words of 32 bits in a line: first page (low part), pages, page of memory (low part), the rest. */
const STRIDE = 4;
const PAGES = 1;
const MEMORY_PAGE = 2;
const REST = 3;
/** The rest: tag, high part of the page of memory, high part of the first page, from bit 0 on. */
const TAG_BITS = 12;
const MEMORY_HIGH_BITS = 4;
const START_SHIFT = TAG_BITS + MEMORY_HIGH_BITS;
const TAG_MASK = 2 ** TAG_BITS - 1;
const MEMORY_HIGH_MASK = 2 ** MEMORY_HIGH_BITS - 1;
const WORD = 2 ** 32;
/** What does not fit a line is not kept: a piece of 16 TiB, a container of a thousand processes. */
const START_LIMIT = 2 ** (64 - START_SHIFT);
const MEMORY_LIMIT = 2 ** (32 + MEMORY_HIGH_BITS);

/** Lines of a set: a cache line of the processor. */
const WAYS = 4;
const SET_SIZE = WAYS * STRIDE;
/** With more mappings for the number of sets, too many would find no place in theirs. */
const MAPPINGS_PER_SET = 3;
/** Large arrays begin 16 bytes behind a cache line's boundary: the first set begins at the next. */
const FIRST_SET = SET_SIZE - STRIDE;
const MINIMUM_SET_BITS = 3;
const MAXIMUM_SET_BITS = 20;
/** Page numbers have 52 bits. */
const CLASSES = 53;
/** 1 / 2^c, exactly: a power for each look-up would cost more than the look-up. */
const PART_OF_BLOCK = Float64Array.from({ length: CLASSES }, (_, sizeClass) => 2 ** -sizeClass);
/** 2^32 / φ, odd (Knuth, The Art of Computer Programming, vol. 3, §6.4). */
const GOLDEN_RATIO = 0x9e3779b1;

/** What a look-up answers when there is nothing. */
export const MISS = -1;

/** A mapping as the IOTLB keeps it. */
export interface IotlbLine {
  /** First page and the page behind the last. */
  readonly start: number;
  readonly end: number;
  /** The page of memory that the first page leads to. */
  readonly memoryPage: number;
  readonly tag: number;
}

export class Iotlb {
  #lines = linesFor(2 ** MINIMUM_SET_BITS);
  #shift = 32 - MINIMUM_SET_BITS;
  #mappings = 0;
  /** How many mappings there are of each class, and the classes there are. */
  readonly #population = new Float64Array(CLASSES);
  #classes: number[] = [];
  /** Which way of a full set is given up next. */
  #victim = 0;

  get byteLength(): number {
    return this.#lines.byteLength;
  }

  /** The line that translates a page, or MISS. It holds until the next `fill` or change. */
  find(page: number): number {
    const lines = this.#lines;
    const classes = this.#classes;
    for (let index = 0; index < classes.length; index++) {
      const set = setOf(page, classes[index] as number, this.#shift);
      for (let line = set; line < set + SET_SIZE; line += STRIDE) {
        const distance = page - startOf(lines, line);
        if (distance >= 0 && distance < (lines[line + PAGES] as number)) return line;
      }
    }
    return MISS;
  }

  /** Keeps a mapping that `page` was found to be in, if it fits. */
  fill(page: number, { start, end, memoryPage, tag }: IotlbLine): void {
    const pages = end - start;
    if (start >= START_LIMIT || pages >= WORD || memoryPage >= MEMORY_LIMIT || tag > TAG_MASK) {
      return;
    }
    const lines = this.#lines;
    const set = setOf(page, classOf(pages), this.#shift);
    let line = set;
    while (line < set + SET_SIZE && lines[line + PAGES] !== 0) line += STRIDE;
    if (line === set + SET_SIZE) {
      line = set + this.#victim * STRIDE;
      this.#victim = (this.#victim + 1) % WAYS;
    }
    const startHigh = Math.floor(start / WORD);
    const memoryHigh = Math.floor(memoryPage / WORD);
    lines[line] = start;
    lines[line + PAGES] = pages;
    lines[line + MEMORY_PAGE] = memoryPage;
    lines[line + REST] = (startHigh << START_SHIFT) | (memoryHigh << TAG_BITS) | tag;
  }

  end(line: number): number {
    return startOf(this.#lines, line) + (this.#lines[line + PAGES] as number);
  }

  tag(line: number): number {
    return (this.#lines[line + REST] as number) & TAG_MASK;
  }

  /** The page of memory that a page of the line's mapping leads to. */
  memoryPage(line: number, page: number): number {
    const lines = this.#lines;
    const high = ((lines[line + REST] as number) >>> TAG_BITS) & MEMORY_HIGH_MASK;
    return high * WORD + (lines[line + MEMORY_PAGE] as number) + page - startOf(lines, line);
  }

  /** There is one more mapping. It is kept: what is mapped is mapped to be used. */
  add(mapping: IotlbLine): void {
    const sizeClass = classOf(mapping.end - mapping.start);
    const count = (this.#population[sizeClass] as number) + 1;
    this.#population[sizeClass] = count;
    if (count === 1) this.#classes.push(sizeClass);
    this.#mappings += 1;
    const sets = 2 ** (32 - this.#shift);
    if (this.#mappings > sets * MAPPINGS_PER_SET && sets < 2 ** MAXIMUM_SET_BITS) {
      this.#grow(sets * 2);
    }
    this.fill(mapping.start, mapping);
  }

  /** A mapping is gone. */
  remove(start: number, end: number): void {
    this.forget(start, end);
    const sizeClass = classOf(end - start);
    const count = (this.#population[sizeClass] as number) - 1;
    this.#population[sizeClass] = count;
    if (count === 0) this.#classes = this.#classes.filter((other) => other !== sizeClass);
    this.#mappings -= 1;
  }

  /** Forgets what is known of a mapping. */
  forget(start: number, end: number): void {
    const lines = this.#lines;
    const sizeClass = classOf(end - start);
    const block = 2 ** sizeClass;
    for (let page = start; page < end + block - 1; page += block) {
      const set = setOf(Math.min(page, end - 1), sizeClass, this.#shift);
      for (let line = set; line < set + SET_SIZE; line += STRIDE) {
        if (startOf(lines, line) === start) lines[line + PAGES] = 0;
      }
    }
  }

  /** Doubles the cache, with what is in it. */
  #grow(sets: number): void {
    const lines = this.#lines;
    this.#lines = linesFor(sets);
    this.#shift -= 1;
    for (let line = FIRST_SET; line < lines.length; line += STRIDE) {
      const pages = lines[line + PAGES] as number;
      if (pages === 0) continue;
      const start = startOf(lines, line);
      const rest = lines[line + REST] as number;
      const memoryHigh = (rest >>> TAG_BITS) & MEMORY_HIGH_MASK;
      const memoryPage = memoryHigh * WORD + (lines[line + MEMORY_PAGE] as number);
      this.fill(start, { start, end: start + pages, memoryPage, tag: rest & TAG_MASK });
    }
  }

  /** All mappings are gone. */
  clear(): void {
    this.#lines = linesFor(2 ** MINIMUM_SET_BITS);
    this.#shift = 32 - MINIMUM_SET_BITS;
    this.#mappings = 0;
    this.#population.fill(0);
    this.#classes = [];
  }
}

/** The number of a mapping's size class: its size is within [2^c, 2^(c+1)) pages. */
function classOf(pages: number): number {
  return pages < WORD ? 31 - Math.clz32(pages) : Math.floor(Math.log2(pages));
}

function startOf(lines: Uint32Array, line: number): number {
  return ((lines[line + REST] as number) >>> START_SHIFT) * WORD + (lines[line] as number);
}

/**
 * Which set keeps the mapping of class `sizeClass` that a page is in (multiplicative hashing: it
 * spreads evenly whatever strides there are).
 */
function setOf(page: number, sizeClass: number, shift: number): number {
  const block = Math.floor(page * (PART_OF_BLOCK[sizeClass] as number));
  return (Math.imul(block + sizeClass, GOLDEN_RATIO) >>> shift) * SET_SIZE + FIRST_SET;
}

function linesFor(sets: number): Uint32Array {
  return new Uint32Array(FIRST_SET + sets * SET_SIZE);
}
