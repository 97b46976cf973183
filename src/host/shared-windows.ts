/**
 * Memory of a program that is a shared mapping of a file (memfd, /dev/shm, hugetlbfs), mapped here as
 * well while devices may reach it: DMA then is a copy, without a system call. As with pages that a
 * kernel has pinned, what the program maps at the same addresses later makes no difference.
 */
import type { GuardedArea, GuardedMemory } from './native/guarded-area.unsafe.js';
import type { Mapping } from './process-map.js';
import { openMappedFile } from './mapped-file.js';
import { OrderedMemory } from './ordered-memory.js';

/** What is smaller is not worth a mapping here. */
const SMALLEST = 64 * 1024;

export interface Window {
  /** Where it is in the program's memory. */
  readonly start: number;
  readonly end: number;
  readonly memory: GuardedMemory;
  /** The bytes there. */
  readonly content: OrderedMemory;
  readonly isWritable: boolean;
}

/** What was mapped for devices together. */
interface Group {
  count: number;
  readonly windows: readonly Window[];
}

export class SharedWindows {
  readonly #pid: number;
  readonly #area: GuardedArea;
  readonly #groups = new Map<string, Group>();
  /** In the order of addresses; none overlaps another. */
  readonly #windows: Window[] = [];

  constructor(pid: number, area: GuardedArea) {
    this.#pid = pid;
    this.#area = area;
  }

  get isEmpty(): boolean {
    return this.#windows.length === 0;
  }

  /** Devices may reach [start, end) from now on, which consists of parts of these mappings. */
  add(start: number, end: number, mappings: readonly Mapping[]): void {
    const key = keyOf(start, end);
    const known = this.#groups.get(key);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    const windows = mappings.flatMap((mapping) => this.#open(mapping, start, end) ?? []);
    this.#groups.set(key, { count: 1, windows });
  }

  /** Devices may no longer reach what was added. */
  remove(start: number, end: number): void {
    const key = keyOf(start, end);
    const group = this.#groups.get(key);
    if (group === undefined) return;
    group.count -= 1;
    if (group.count > 0) return;
    this.#groups.delete(key);
    for (const window of group.windows) this.#close(window);
  }

  /** The window that [address, address + length) lies in. */
  find(address: number, length: number, isWrite: boolean): Window | undefined {
    const windows = this.#windows;
    let low = 0;
    let high = windows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((windows[middle] as Window).end <= address) low = middle + 1;
      else high = middle;
    }
    const window = windows[low];
    if (window === undefined || address < window.start || address + length > window.end) {
      return undefined;
    }
    return isWrite && !window.isWritable ? undefined : window;
  }

  /** How many accesses to windows of any program have failed; to be compared before and after one. */
  get failures(): number {
    return this.#area.failures;
  }

  /** Ends all. */
  release(): void {
    for (const window of [...this.#windows]) this.#close(window);
  }

  #open(mapping: Mapping, start: number, end: number): Window | undefined {
    const from = Math.max(mapping.start, start);
    const to = Math.min(mapping.end, end);
    if (!mapping.isShared || mapping.inode === 0 || to - from < SMALLEST) return undefined;
    const index = this.#windows.findIndex((window) => window.end > from);
    const at = index < 0 ? this.#windows.length : index;
    if ((this.#windows[at]?.start ?? Number.POSITIVE_INFINITY) < to) return undefined;
    using file = openMappedFile(this.#pid, mapping);
    if (file === undefined) return undefined;
    const { isWritable } = mapping;
    const offset = mapping.offset + from - mapping.start;
    const memory = this.#area.map(file.fd, offset, to - from, isWritable);
    if (memory === undefined) return undefined;
    const content = new OrderedMemory(memory.bytes);
    const window = { start: from, end: to, memory, content, isWritable };
    this.#windows.splice(at, 0, window);
    return window;
  }

  #close(window: Window): void {
    const index = this.#windows.indexOf(window);
    if (index < 0) return;
    this.#windows.splice(index, 1);
    this.#area.unmap(window.memory);
  }
}

function keyOf(start: number, end: number): string {
  return `${start.toString(16)}-${end.toString(16)}`;
}
