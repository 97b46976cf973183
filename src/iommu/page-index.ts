/**
 * An ordered index from page numbers to small numbers: a B+ tree whose nodes are stretches of two
 * typed arrays, so that however many entries are a handful of JavaScript objects. Every operation is
 * logarithmic.
 */

/** Entries a node has room for. */
const FANOUT = 64;
/** A node that has fewer entries is joined with a neighbour, when they fit into one. */
const FEW = FANOUT / 4;
/** More levels than any number of entries needs. */
const MAXIMUM_HEIGHT = 16;
const INITIAL_NODES = 4;

/** What a look-up answers when there is nothing. */
export const NONE = -1;

export class PageIndex {
  /** Pages: of node n, from n × FANOUT on. In inner nodes lower bounds of what is below. */
  #keys = new Float64Array(INITIAL_NODES * FANOUT);
  /** The entries' values in leaves, node numbers in inner nodes; placed as the keys are. */
  #values = new Int32Array(INITIAL_NODES * FANOUT);
  #counts = new Uint8Array(INITIAL_NODES);
  #nodes = 1;
  readonly #freeNodes: number[] = [];
  #root = 0;
  /** Levels of inner nodes above the leaves. */
  #height = 0;
  #size = 0;
  /** The way of the last descent: node and position in it, by level from the root. */
  readonly #pathNode = new Int32Array(MAXIMUM_HEIGHT);
  readonly #pathAt = new Int32Array(MAXIMUM_HEIGHT);

  /** Entries. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of the arrays. */
  get byteLength(): number {
    return this.#keys.byteLength + this.#values.byteLength + this.#counts.byteLength;
  }

  /** The value of the greatest page not above `page`, or NONE. */
  floor(page: number): number {
    const keys = this.#keys;
    const counts = this.#counts;
    let node = this.#root;
    for (let level = this.#height; level > 0; level--) {
      node = this.#values[
        node * FANOUT + childPosition(keys, node, counts[node] as number, page)
      ] as number;
    }
    const at = position(keys, node * FANOUT, counts[node] as number, page);
    if (at >= 0) return this.#values[node * FANOUT + at] as number;
    // Lower bounds in inner nodes may be stale: then the answer is the last entry before the leaf.
    this.#descend(page);
    return this.#step(-1);
  }

  /** The value of the smallest page not below `page`, or NONE. */
  ceiling(page: number): number {
    const at = this.#descend(page);
    const leaf = this.#pathNode[this.#height] as number;
    if (at >= 0 && this.#keys[leaf * FANOUT + at] === page) {
      return this.#values[leaf * FANOUT + at] as number;
    }
    return this.#step(1);
  }

  /** Adds an entry; there is none for this page. */
  insert(page: number, value: number): void {
    const at = this.#descend(page) + 1;
    this.#size += 1;
    let level = this.#height;
    let sibling = this.#insertAt(this.#pathNode[level] as number, at, page, value);
    while (sibling >= 0) {
      if (level === 0) {
        this.#growRoot(sibling);
        return;
      }
      level -= 1;
      const parentAt = (this.#pathAt[level] as number) + 1;
      const bound = this.#keys[sibling * FANOUT] as number;
      sibling = this.#insertAt(this.#pathNode[level] as number, parentAt, bound, sibling);
    }
  }

  /** Removes the entry of a page; there is one. */
  remove(page: number): void {
    const at = this.#descend(page);
    const leaf = this.#pathNode[this.#height] as number;
    if (at < 0 || this.#keys[leaf * FANOUT + at] !== page) {
      throw new Error(`page index: no entry at page ${page}`);
    }
    this.#size -= 1;
    this.#removeAt(leaf, at);
    for (let level = this.#height; level > 0; level--) {
      if (!this.#shrink(this.#pathNode[level] as number, level - 1)) break;
    }
    while (this.#height > 0 && this.#counts[this.#root] === 1) {
      this.#freeNodes.push(this.#root);
      this.#root = this.#values[this.#root * FANOUT] as number;
      this.#height -= 1;
    }
  }

  /** Removes everything, and gives the memory back. */
  clear(): void {
    this.#keys = new Float64Array(INITIAL_NODES * FANOUT);
    this.#values = new Int32Array(INITIAL_NODES * FANOUT);
    this.#counts = new Uint8Array(INITIAL_NODES);
    this.#freeNodes.length = 0;
    this.#nodes = 1;
    this.#root = 0;
    this.#height = 0;
    this.#size = 0;
  }

  /** Goes to where `page` belongs, noting the way. Returns the position in the leaf, −1 before it. */
  #descend(page: number): number {
    let node = this.#root;
    for (let level = 0; level < this.#height; level++) {
      const at = childPosition(this.#keys, node, this.#counts[node] as number, page);
      this.#pathNode[level] = node;
      this.#pathAt[level] = at;
      node = this.#values[node * FANOUT + at] as number;
    }
    const at = position(this.#keys, node * FANOUT, this.#counts[node] as number, page);
    this.#pathNode[this.#height] = node;
    this.#pathAt[this.#height] = at;
    return at;
  }

  /** The value one entry after (1) or, at the start of a leaf, before (−1) where the path leads. */
  #step(direction: 1 | -1): number {
    for (let level = this.#height; level >= 0; level--) {
      let node = this.#pathNode[level] as number;
      const at = (this.#pathAt[level] as number) + direction;
      if (at < 0 || at >= (this.#counts[node] as number)) continue;
      let value = this.#values[node * FANOUT + at] as number;
      for (let below = level; below < this.#height; below++) {
        node = value;
        const end = direction > 0 ? 0 : (this.#counts[node] as number) - 1;
        value = this.#values[node * FANOUT + end] as number;
      }
      return value;
    }
    return NONE;
  }

  /** Puts an entry into a node. Returns the new right neighbour if the node had to be split, else −1. */
  #insertAt(node: number, at: number, key: number, value: number): number {
    const count = this.#counts[node] as number;
    if (count < FANOUT) {
      this.#open(node, at, key, value);
      return -1;
    }
    // Ascending insertion fills nodes: behind the last entry a new node begins with the new entry.
    const keep = at === FANOUT ? FANOUT : FANOUT / 2;
    const sibling = this.#newNode();
    this.#copy(node, keep, sibling, 0, FANOUT - keep);
    this.#counts[node] = keep;
    this.#counts[sibling] = FANOUT - keep;
    if (at < keep) this.#open(node, at, key, value);
    else this.#open(sibling, at - keep, key, value);
    return sibling;
  }

  #open(node: number, at: number, key: number, value: number): void {
    const count = this.#counts[node] as number;
    const first = node * FANOUT + at;
    if (at < count) {
      this.#keys.copyWithin(first + 1, first, node * FANOUT + count);
      this.#values.copyWithin(first + 1, first, node * FANOUT + count);
    }
    this.#keys[first] = key;
    this.#values[first] = value;
    this.#counts[node] = count + 1;
  }

  #removeAt(node: number, at: number): void {
    const end = node * FANOUT + (this.#counts[node] as number);
    const first = node * FANOUT + at;
    this.#keys.copyWithin(first, first + 1, end);
    this.#values.copyWithin(first, first + 1, end);
    this.#counts[node] = (this.#counts[node] as number) - 1;
  }

  /**
   * Takes a node with few entries out of its parent, at `parentLevel` of the path, by joining it
   * with a neighbour, or because it is empty. Returns whether the parent has lost an entry.
   */
  #shrink(node: number, parentLevel: number): boolean {
    const count = this.#counts[node] as number;
    if (count >= FEW) return false;
    const parent = this.#pathNode[parentLevel] as number;
    const at = this.#pathAt[parentLevel] as number;
    if (count === 0) {
      this.#removeAt(parent, at);
      this.#freeNodes.push(node);
      return true;
    }
    const isLast = at + 1 === this.#counts[parent];
    if (isLast && at === 0) return false;
    const leftAt = isLast ? at - 1 : at;
    const left = this.#values[parent * FANOUT + leftAt] as number;
    const right = this.#values[parent * FANOUT + leftAt + 1] as number;
    const leftCount = this.#counts[left] as number;
    const rightCount = this.#counts[right] as number;
    if (leftCount + rightCount > FANOUT) return false;
    this.#copy(right, 0, left, leftCount, rightCount);
    // An inner node's first key is never looked at, and may be wrong; its parent has the bound.
    if (parentLevel + 1 < this.#height) {
      this.#keys[left * FANOUT + leftCount] = this.#keys[parent * FANOUT + leftAt + 1] as number;
    }
    this.#counts[left] = leftCount + rightCount;
    this.#removeAt(parent, leftAt + 1);
    this.#freeNodes.push(right);
    return true;
  }

  #growRoot(sibling: number): void {
    const root = this.#newNode();
    this.#open(root, 0, this.#keys[this.#root * FANOUT] as number, this.#root);
    this.#open(root, 1, this.#keys[sibling * FANOUT] as number, sibling);
    this.#root = root;
    this.#height += 1;
  }

  #copy(from: number, fromAt: number, to: number, toAt: number, count: number): void {
    const start = from * FANOUT + fromAt;
    this.#keys.copyWithin(to * FANOUT + toAt, start, start + count);
    this.#values.copyWithin(to * FANOUT + toAt, start, start + count);
  }

  #newNode(): number {
    const free = this.#freeNodes.pop();
    const node = free ?? this.#nodes++;
    if (node === this.#counts.length) {
      const capacity = Math.ceil(node * 1.5);
      this.#keys = enlarged(this.#keys, new Float64Array(capacity * FANOUT));
      this.#values = enlarged(this.#values, new Int32Array(capacity * FANOUT));
      this.#counts = enlarged(this.#counts, new Uint8Array(capacity));
    }
    this.#counts[node] = 0;
    return node;
  }
}

/**
 * The position of the greatest key not above `page` among `count` from `base` on; −1: all are above.
 * Free of branches that depend on keys: which way they go can't be foretold, and they are in cache.
 */
function position(keys: Float64Array, base: number, count: number, page: number): number {
  let at = base - 1;
  for (let left = count; left > 0; ) {
    const half = (left + 1) >>> 1;
    at += half & -Number((keys[at + half] as number) <= page);
    left -= half;
  }
  return at - base;
}

/** The child of an inner node that `page` belongs to: the first one's bound is not looked at. */
function childPosition(keys: Float64Array, node: number, count: number, page: number): number {
  return position(keys, node * FANOUT + 1, count - 1, page) + 1;
}

function enlarged<T extends Float64Array | Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
