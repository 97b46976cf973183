// Files of programs mapped here, in one area of addresses in which an access to what is gone does not end this
// process; see bus-error-code.ts. mmap(2), sigaction(2)

import { busErrorCode, BUS_ERROR_DATA, GUARD } from './bus-error-code.js';
import { type Libc, libc, loadKoffi } from './libc.unsafe.js';
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_NORESERVE,
  MAP_PRIVATE,
  MAP_SHARED,
  PROT_EXEC,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
} from './linux-constants.js';
import {
  externalArrayBuffer,
  NativeBuffer,
  NativeCallError,
  pageSize,
} from './native-buffer.unsafe.js';
import { syscalls } from './x86-64.js';

const AREA_SIZE = 2 ** 40;
/** Huge pages must be mapped at a multiple of their size; 2 MiB is that of x86-64. */
const ALIGNMENT = 2 ** 21;
const SIGBUS = 7;
const SA_SIGINFO = 4;
const SA_RESTART = 0x1000_0000;
/** glibc's and musl's `struct sigaction`: handler, mask of 128 bytes, flags, restorer. */
const ACTION_SIZE = 152;
const ACTION_FLAGS = 136;

/** A part of a file, as the program that maps it sees it. */
export interface GuardedMemory {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export class GuardedArea {
  readonly #libc: Libc = libc();
  readonly #start: number;
  /** Low half of the number of failed accesses. */
  readonly #failures: Uint32Array;
  /** In the order of addresses. */
  readonly #parts: GuardedMemory[] = [];

  constructor(start: number, failures: Uint32Array) {
    this.#start = start;
    this.#failures = failures;
  }

  /** Changes when an access to what was mapped failed: zeros were read, or bytes written nowhere. */
  get failures(): number {
    return this.#failures[0] ?? 0;
  }

  /** Maps part of a file. Undefined: it can't be. */
  map(fd: number, offset: number, length: number, isWritable: boolean): GuardedMemory | undefined {
    const index = this.#findGap(length);
    if (index < 0) return undefined;
    const address = this.#endBefore(index);
    const protection = isWritable ? PROT_READ | PROT_WRITE : PROT_READ;
    const flags = MAP_SHARED | MAP_FIXED;
    if (this.#libc.mmap(address, length, protection, flags, fd, offset) < 0) return undefined;
    const part = { address, bytes: new Uint8Array(externalArrayBuffer(address, length)) };
    this.#parts.splice(index, 0, part);
    return part;
  }

  /** Maps another file where a part is, so that its bytes are of that one. @throws NativeCallError */
  remap({ address, bytes }: GuardedMemory, fd: number, offset: number): void {
    const [protection, flags] = [PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED];
    const result = this.#libc.mmap(address, bytes.length, protection, flags, fd, offset);
    if (result < 0) throw new NativeCallError('mmap', -result);
  }

  /** Ends a mapping. Its bytes must not be touched afterwards. */
  unmap(part: GuardedMemory): void {
    const index = this.#parts.indexOf(part);
    if (index < 0) return;
    this.#parts.splice(index, 1);
    reserve(part.address, alignUp(part.bytes.length), MAP_FIXED);
  }

  /** Before which part there is room; −1 when nowhere. */
  #findGap(length: number): number {
    for (let index = 0; index <= this.#parts.length; index++) {
      const end = this.#parts[index]?.address ?? this.#start + AREA_SIZE;
      if (end - this.#endBefore(index) >= length) return index;
    }
    return -1;
  }

  #endBefore(index: number): number {
    const before = this.#parts[index - 1];
    return before === undefined ? this.#start : alignUp(before.address + before.bytes.length);
  }
}

let opened: GuardedArea | undefined;
let isOpened = false;

/** The one of this process; undefined where it can't be had. */
export function guardedArea(): GuardedArea | undefined {
  if (!isOpened) opened = openArea();
  isOpened = true;
  return opened;
}

/** Reserves the addresses and installs the handler. */
function openArea(): GuardedArea | undefined {
  const reserved = reserve(0, AREA_SIZE + ALIGNMENT, 0);
  if (reserved < 0) return undefined;
  const start = alignUp(reserved);
  const code = NativeBuffer.allocate(BUS_ERROR_DATA + pageSize);
  code.bytes.set(busErrorCode);
  code.view.setBigUint64(BUS_ERROR_DATA + GUARD.first, BigInt(start), true);
  code.view.setBigUint64(BUS_ERROR_DATA + GUARD.end, BigInt(start + AREA_SIZE), true);
  const { syscall } = libc();
  if (syscall(syscalls.mprotect, code.address, BUS_ERROR_DATA, PROT_READ | PROT_EXEC) < 0) {
    return undefined;
  }
  using action = NativeBuffer.allocate(ACTION_SIZE);
  action.view.setBigUint64(0, BigInt(code.address), true);
  action.view.setUint32(ACTION_FLAGS, SA_SIGINFO | SA_RESTART, true);
  if (!setSignalAction(SIGBUS, action.address)) return undefined;
  const failures = code.u32.subarray((BUS_ERROR_DATA + GUARD.failures) / 4);
  return new GuardedArea(start, failures);
}

/** Through the C library, which adds the restorer that the kernel wants. */
function setSignalAction(signal: number, action: number): boolean {
  const sigaction = loadKoffi()
    .load(null)
    .func('sigaction', 'int', ['int', 'intptr', 'intptr']) as (...args: number[]) => number;
  return sigaction(signal, action, 0) === 0;
}

function reserve(address: number, length: number, flags: number): number {
  const all = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | flags;
  return libc().mmap(address, length, PROT_NONE, all, -1, 0);
}

function alignUp(address: number): number {
  return Math.ceil(address / ALIGNMENT) * ALIGNMENT;
}
