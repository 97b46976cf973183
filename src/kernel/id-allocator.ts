/**
 * Hands out the lowest free number (`idr_alloc`, `ida_alloc`). Freed numbers wait in a binary
 * heap, so the cost is logarithmic in what was freed, not in what is in use.
 */
import { kernelError } from './error.js';

/** Numbers from `first` to `last`, both included. */
export class IdAllocator {
  readonly #last: number;
  readonly #freed: number[] = [];
  #next: number;

  constructor(first: number, last: number) {
    this.#next = first;
    this.#last = last;
  }

  /**
   * Takes the lowest free number.
   * @throws ENOSPC when none is left
   */
  allocate(): number {
    if (this.#freed.length > 0) return this.#popLowest();
    if (this.#next > this.#last) throw kernelError('ENOSPC');
    return this.#next++;
  }

  /** Gives back a number that `allocate` returned. */
  free(id: number): void {
    const heap = this.#freed;
    let index = heap.push(id) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as number;
      if (above <= id) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = id;
  }

  #popLowest(): number {
    const heap = this.#freed;
    const lowest = heap[0] as number;
    const moved = heap.pop() as number;
    const size = heap.length;
    if (size === 0) return lowest;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= size) break;
      if (child + 1 < size && (heap[child + 1] as number) < (heap[child] as number)) child += 1;
      if ((heap[child] as number) >= moved) break;
      heap[index] = heap[child] as number;
      index = child;
    }
    heap[index] = moved;
    return lowest;
  }
}
