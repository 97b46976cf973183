// Reads and writes another process' memory: process_vm_readv(2), process_vm_writev(2). No ptrace attach, but
// the same permission (PTRACE_MODE_ATTACH_REALCREDS): the same uid and a dumpable target; our own
// children under yama level 1 only with PR_SET_PTRACER or as ancestors. A pid may be a thread id.
// All methods return 0 or -errno; a transfer that came out short is -EFAULT.

import { type Libc, libc } from './libc.unsafe.js';
import { EFAULT, ENAMETOOLONG } from './linux-constants.js';
import { addressOf, NativeBuffer, pageSize } from './native-buffer.unsafe.js';

/** What fits the page; a longer list is split. IOV_MAX is 1024. */
const maximumVectors = pageSize / 16 - 1;
const scratchOffset = pageSize;
const scratchLength = 4096;
const two32 = 0x1_0000_0000;

/** One piece of a scatter-gather transfer: `length` bytes at `address` of the other process. */
export interface RemoteRange {
  readonly address: number;
  readonly length: number;
}

export class ProcessMemory {
  readonly #libc: Libc = libc();
  // Page 0: the local iovec, then remote iovecs. Page 1: scratch that small transfers pass through.
  readonly #memory = NativeBuffer.allocate(scratchOffset + scratchLength);
  readonly #u32 = this.#memory.u32;
  readonly #scratch = this.#memory.bytes.subarray(scratchOffset);
  readonly #local = this.#memory.address;
  readonly #remote = this.#memory.address + 16;
  readonly #scratchAddress = this.#memory.address + scratchOffset;
  readonly #decoder = new TextDecoder('utf-8');

  /** Fills `target` from `offset` on with `length` bytes at `address`. On failure the content is undefined. */
  read(
    pid: number,
    address: number,
    target: Uint8Array,
    offset = 0,
    length = target.length - offset,
  ): number {
    if (length === 0) return 0;
    assertWithin(target, offset, length);
    if (length > scratchLength) {
      return this.readNative(pid, address, addressOf(target) + offset, length);
    }
    const error = this.readNative(pid, address, this.#scratchAddress, length);
    if (error === 0) copy(this.#scratch, 0, target, offset, length);
    return error;
  }

  /** Stores `length` bytes of `source` from `offset` on at `address`. */
  write(
    pid: number,
    address: number,
    source: Uint8Array,
    offset = 0,
    length = source.length - offset,
  ): number {
    if (length === 0) return 0;
    assertWithin(source, offset, length);
    if (length > scratchLength) {
      return this.writeNative(pid, address, addressOf(source) + offset, length);
    }
    copy(source, offset, this.#scratch, 0, length);
    return this.writeNative(pid, address, this.#scratchAddress, length);
  }

  /** As `read`, into our memory at a known address (a NativeBuffer): nothing is copied twice. */
  readNative(pid: number, address: number, localAddress: number, length: number): number {
    if (length === 0) return 0;
    this.#putVector(0, localAddress, length);
    this.#putVector(1, address, length);
    return complete(this.#libc.processVmReadv(pid, this.#local, 1, this.#remote, 1), length);
  }

  writeNative(pid: number, address: number, localAddress: number, length: number): number {
    if (length === 0) return 0;
    this.#putVector(0, localAddress, length);
    this.#putVector(1, address, length);
    return complete(this.#libc.processVmWritev(pid, this.#local, 1, this.#remote, 1), length);
  }

  /** Gathers `ranges`, one after another, into `target`, which is as long as they are together. */
  readv(pid: number, ranges: readonly RemoteRange[], target: Uint8Array): number {
    if (target.length > scratchLength) {
      return this.#transferRanges(pid, ranges, addressOf(target), this.#libc.processVmReadv);
    }
    const { processVmReadv } = this.#libc;
    const error = this.#transferRanges(pid, ranges, this.#scratchAddress, processVmReadv);
    if (error === 0) copy(this.#scratch, 0, target, 0, target.length);
    return error;
  }

  /** Scatters `source` over `ranges`. */
  writev(pid: number, ranges: readonly RemoteRange[], source: Uint8Array): number {
    if (source.length > scratchLength) {
      return this.#transferRanges(pid, ranges, addressOf(source), this.#libc.processVmWritev);
    }
    copy(source, 0, this.#scratch, 0, source.length);
    return this.#transferRanges(pid, ranges, this.#scratchAddress, this.#libc.processVmWritev);
  }

  /**
   * The bytes of a NUL-terminated string, without the NUL, as UTF-8. Never reads past the page the string
   * ends in, so one that ends right before unmapped memory is read like any other.
   * @returns the string; -EFAULT; -ENAMETOOLONG when there is no NUL in the first `maximum` (at most 4096) bytes
   */
  readCString(pid: number, address: number, maximum = 4096): string | number {
    let length = 0;
    const limit = Math.min(maximum, scratchLength);
    while (length < limit) {
      const from = address + length;
      const chunk = Math.min(limit - length, pageSize - (from % pageSize));
      const error = this.readNative(pid, from, this.#scratchAddress + length, chunk);
      if (error !== 0) return error;
      const end = this.#scratch.indexOf(0, length);
      if (end !== -1 && end < length + chunk) return this.#decode(end);
      length += chunk;
    }
    return -ENAMETOOLONG;
  }

  /** Frees the scratch memory; the object can't be used afterwards. */
  release(): void {
    this.#memory.release();
  }

  /** ASCII (nearly every path) without a TextDecoder, which costs more than the system call. */
  #decode(length: number): string {
    let text = '';
    for (let index = 0; index < length; index++) {
      const byte = this.#scratch[index] ?? 0;
      if (byte >= 0x80) return this.#decoder.decode(this.#scratch.subarray(0, length));
      text += String.fromCharCode(byte);
    }
    return text;
  }

  #transferRanges(
    pid: number,
    ranges: readonly RemoteRange[],
    localAddress: number,
    transfer: Libc['processVmReadv'],
  ): number {
    let local = localAddress;
    for (let first = 0; first < ranges.length; first += maximumVectors) {
      let total = 0;
      let count = 0;
      for (; count < maximumVectors && first + count < ranges.length; count++) {
        const range = ranges[first + count];
        if (range === undefined) break;
        this.#putVector(1 + count, range.address, range.length);
        total += range.length;
      }
      this.#putVector(0, local, total);
      const error = complete(transfer(pid, this.#local, 1, this.#remote, count), total);
      if (error !== 0) return error;
      local += total;
    }
    return 0;
  }

  #putVector(index: number, address: number, length: number): void {
    const word = index * 4;
    const u32 = this.#u32;
    u32[word] = address;
    u32[word + 1] = Math.floor(address / two32);
    u32[word + 2] = length;
    u32[word + 3] = Math.floor(length / two32);
  }
}

function complete(result: number, length: number): number {
  if (result < 0) return result;
  return result === length ? 0 : -EFAULT;
}

/** A byte loop beats `set(subarray())` for what an ioctl usually carries: no view is made. */
function copy(
  from: Uint8Array,
  fromOffset: number,
  to: Uint8Array,
  toOffset: number,
  length: number,
): void {
  if (length > 64) {
    to.set(from.subarray(fromOffset, fromOffset + length), toOffset);
    return;
  }
  for (let index = 0; index < length; index++) to[toOffset + index] = from[fromOffset + index] ?? 0;
}

function assertWithin(array: Uint8Array, offset: number, length: number): void {
  if (!(offset >= 0 && length >= 0 && offset + length <= array.length)) {
    throw new RangeError(`bytes ${offset}+${length} are outside of an array of ${array.length}`);
  }
}
