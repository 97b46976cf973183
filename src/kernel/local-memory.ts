/**
 * Memory of an in-process task: byte ranges at addresses, some its own, some shared with devices
 * through `mmap`.
 */
import { PAGE_SIZE } from '../uapi/file.js';
import type { PinnedPages, UserMemory } from './user-memory.js';

interface Range {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
  readonly isWritable: boolean;
  readonly isDeviceMemory: boolean;
}

/** Where allocation begins, as mmap areas of a small process might. */
const FIRST_ADDRESS = 0x7000_0000_0000;

export class LocalMemory implements UserMemory {
  lockedPages = 0;
  readonly #ranges: Range[] = [];
  #next: number;

  /** @param firstAddress where the first range will lie */
  constructor(firstAddress = FIRST_ADDRESS) {
    this.#next = firstAddress;
  }

  /** New zeroed memory of at least `size` bytes, page-aligned; where it is, and its bytes. */
  allocate(size: number): { address: number; bytes: Uint8Array } {
    const bytes = new Uint8Array(Math.max(1, Math.ceil(size / PAGE_SIZE)) * PAGE_SIZE);
    return { address: this.map(bytes), bytes };
  }

  /** Maps bytes, shared with whoever else has them, and returns the address. */
  map(bytes: Uint8Array, options: { isWritable?: boolean; isDeviceMemory?: boolean } = {}): number {
    const start = this.#next;
    const end = start + bytes.length;
    // A page left out behind every range lets overruns fault.
    this.#next = Math.ceil(end / PAGE_SIZE) * PAGE_SIZE + PAGE_SIZE;
    this.#ranges.push({
      start,
      end,
      bytes,
      isWritable: options.isWritable ?? true,
      isDeviceMemory: options.isDeviceMemory ?? false,
    });
    return start;
  }

  /** Unmaps the range that begins at an address. Whether there was one. */
  unmap(address: number): boolean {
    const index = this.#ranges.findIndex((range) => range.start === address);
    if (index >= 0) this.#ranges.splice(index, 1);
    return index >= 0;
  }

  read(address: number, target: Uint8Array): boolean {
    const range = findRange(this.#ranges, address, target.length);
    if (range === undefined) return target.length === 0;
    const from = address - range.start;
    // For a few bytes a loop is faster than making a view.
    if (target.length <= 32) {
      for (let i = 0; i < target.length; i++) target[i] = range.bytes[from + i] as number;
    } else target.set(range.bytes.subarray(from, from + target.length));
    return true;
  }

  write(address: number, source: Uint8Array): boolean {
    const range = findRange(this.#ranges, address, source.length);
    if (range === undefined) return source.length === 0;
    if (!range.isWritable) return false;
    const to = address - range.start;
    if (source.length <= 32) {
      for (let i = 0; i < source.length; i++) range.bytes[to + i] = source[i] as number;
    } else range.bytes.set(source, to);
    return true;
  }

  pin(address: number, length: number, writable: boolean): PinnedPages | undefined {
    const range = findRange(this.#ranges, address, length);
    if (range === undefined || (writable && !range.isWritable)) return undefined;
    return { countedPages: range.isDeviceMemory ? 0 : Math.ceil(length / PAGE_SIZE) };
  }
}

/** The range that holds all of [address, address + length). Newest first: it is the likeliest. */
function findRange(ranges: readonly Range[], address: number, length: number): Range | undefined {
  for (let i = ranges.length - 1; i >= 0; i--) {
    const range = ranges[i] as Range;
    if (address >= range.start && address + length <= range.end) return range;
  }
  return undefined;
}
