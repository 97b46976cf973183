// Memory outside of the JavaScript heap whose address is known, so that system calls can be made with
// numbers alone. Views over it are external ArrayBuffers (koffi.view): they do not own the memory and
// must not be used after release(); V8 can't tell, and would read whatever is mapped there next.

import { libc, loadKoffi } from './libc.unsafe.js';
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_PRIVATE,
  MAP_SHARED,
  PROT_READ,
  PROT_WRITE,
} from './linux-constants.js';

export const pageSize = 4096;

/** Thrown for failures of set-up that no caller can go on from; hot paths return -errno instead. */
export class NativeCallError extends Error {
  override readonly name = 'NativeCallError';
  constructor(
    readonly call: string,
    readonly errno: number,
  ) {
    super(`${call} failed with errno ${errno}`);
  }
}

/** Zeroed, page-aligned private memory, or the shared mapping of a file. */
export class NativeBuffer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly u64: BigUint64Array;
  #mapped: number;

  private constructor(
    /** Where the memory begins, in this process. */
    readonly address: number,
    /** In bytes, as asked for; the mapping itself is whole pages. */
    readonly length: number,
  ) {
    this.#mapped = roundToPages(length);
    const memory = externalArrayBuffer(address, this.#mapped);
    this.bytes = new Uint8Array(memory, 0, length);
    this.view = new DataView(memory, 0, length);
    this.u32 = new Uint32Array(memory, 0, length >>> 2);
    this.i32 = new Int32Array(memory, 0, length >>> 2);
    this.u64 = new BigUint64Array(memory, 0, length >>> 3);
  }

  /** @throws NativeCallError when there is no memory */
  static allocate(length: number): NativeBuffer {
    return NativeBuffer.#map(length, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }

  /**
   * Maps `length` bytes of a file shared, readable and writable: what the process at the other end stores is seen
   * here. `offset` is in bytes and a multiple of the page size.
   * @throws NativeCallError as mmap(2) fails
   */
  static mapFile(fd: number, offset: number, length: number): NativeBuffer {
    return NativeBuffer.#map(length, MAP_SHARED, fd, offset);
  }

  static #map(length: number, flags: number, fd: number, offset: number): NativeBuffer {
    if (!(length > 0)) throw new RangeError(`length must be positive, not ${length}`);
    const address = libc().mmap(0, roundToPages(length), PROT_READ | PROT_WRITE, flags, fd, offset);
    if (address < 0) throw new NativeCallError('mmap', -address);
    return new NativeBuffer(address, length);
  }

  /**
   * Maps a file where this buffer is, so that all views of it show the file; see `mapFile`.
   * @throws NativeCallError as mmap(2) fails
   */
  remapFile(fd: number, offset: number): void {
    const protection = PROT_READ | PROT_WRITE;
    const flags = MAP_SHARED | MAP_FIXED;
    const result = libc().mmap(this.address, this.#mapped, protection, flags, fd, offset);
    if (result < 0) throw new NativeCallError('mmap', -result);
  }

  /** Unmaps. Every view of this buffer is dangling afterwards. Idempotent. */
  release(): void {
    if (this.#mapped === 0) return;
    libc().munmap(this.address, this.#mapped);
    this.#mapped = 0;
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/** The memory at `address` as an ArrayBuffer that does not own it. */
export function externalArrayBuffer(address: number, length: number): ArrayBuffer {
  return loadKoffi().view(address, length);
}

/** Where the memory of ArrayBuffers is, as far as that was asked for. */
const addresses = new WeakMap<ArrayBufferLike, number>();

/**
 * Where the bytes of a typed array are. Good for as long as the array is reachable and not detached. (V8 keeps
 * short arrays in its moving heap, until somebody asks for their `buffer`.)
 */
export function addressOf({ buffer, byteOffset }: Uint8Array): number {
  let address = addresses.get(buffer);
  if (address === undefined) {
    address = Number(loadKoffi().address(new Uint8Array(buffer)));
    addresses.set(buffer, address);
  }
  return address + byteOffset;
}

function roundToPages(length: number): number {
  return Math.ceil(length / pageSize) * pageSize;
}
