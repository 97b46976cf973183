/**
 * A map for keys that come and go and come again: names in a directory, devices in a group.
 *
 * JavaScript engines leave a deleted entry of a Map in its chain until the table is next rebuilt, so
 * with many other entries around, deleting and setting one key again and again costs as much as the
 * map is large. Here a key that goes keeps its entry, empty, for when it comes back; when more than
 * half of all entries are empty, the map is rebuilt. Order: that of first coming.
 */
export class ReusingMap<Key, Value extends object | string | number> {
  #entries = new Map<Key, Value | undefined>();
  #size = 0;

  /** How many keys have a value. */
  get size(): number {
    return this.#size;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  has(key: Key): boolean {
    return this.#entries.get(key) !== undefined;
  }

  set(key: Key, value: Value): void {
    if (this.#entries.get(key) === undefined) this.#size += 1;
    this.#entries.set(key, value);
  }

  /** Whether there was a value. */
  delete(key: Key): boolean {
    if (this.#entries.get(key) === undefined) return false;
    this.#entries.set(key, undefined);
    this.#size -= 1;
    if (this.#entries.size > 2 * this.#size + SPARE) this.#entries = new Map(this);
    return true;
  }

  *[Symbol.iterator](): IterableIterator<[Key, Value]> {
    for (const [key, value] of this.#entries) if (value !== undefined) yield [key, value];
  }

  *keys(): IterableIterator<Key> {
    for (const [key] of this) yield key;
  }

  *values(): IterableIterator<Value> {
    for (const [, value] of this) yield value;
  }
}

/** Empty entries that are never worth rebuilding for. */
const SPARE = 8;
