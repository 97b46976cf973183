/**
 * Doubly linked lists (`struct list_head`): what is in one carries its own entry, so that it enters
 * and leaves in constant time, wherever in the list it is.
 */

/** The place of a value in a list, or in none. */
export class ListEntry<T> {
  readonly value: T;
  previous: ListEntry<T> | undefined;
  next: ListEntry<T> | undefined;

  constructor(value: T) {
    this.value = value;
  }
}

export class List<T> {
  #first: ListEntry<T> | undefined;

  /** Where walking the list begins; undefined when it is empty. */
  get first(): ListEntry<T> | undefined {
    return this.#first;
  }

  /** Puts in front an entry that is in no list (`list_add`). */
  addFirst(entry: ListEntry<T>): void {
    const second = this.#first;
    entry.next = second;
    if (second !== undefined) second.previous = entry;
    this.#first = entry;
  }

  /** Takes out an entry of this list (`list_del`). */
  remove(entry: ListEntry<T>): void {
    const { previous, next } = entry;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
    entry.previous = undefined;
    entry.next = undefined;
  }

  /** The values, first to last. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let entry = this.#first; entry !== undefined; entry = entry.next) yield entry.value;
  }
}
