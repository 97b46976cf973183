/**
 * The system calls of this process, through koffi: for the kernel's own `/dev/vfio` and, unchanged,
 * under `uvfio run`. Structs and buffers travel through memory whose address is fixed, because V8
 * moves small arrays; results of the C functions become the kernel's −errno.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Errno } from '../uapi/errno.js';
import {
  MAP_PRIVATE,
  MAP_SHARED,
  O_CLOEXEC,
  O_NONBLOCK,
  PAGE_SIZE,
  POLLIN,
  PROT_READ,
  PROT_WRITE,
} from '../uapi/file.js';
import type { SystemMemory, VfioSystem } from './system.js';

type Koffi = typeof import('koffi');

const MAP_ANONYMOUS = 0x20;
/** Bytes of the memory that structs and small buffers go through. */
const BOUNCE_SIZE = 64 * 1024;

let shared: LinuxSystem | undefined;

/** The system calls of this process. @throws Error on anything but 64-bit Linux */
export function linuxSystem(): VfioSystem {
  if (process.platform !== 'linux') {
    throw new Error(`VFIO is a part of Linux, and this is ${process.platform}`);
  }
  shared ??= new LinuxSystem(createRequire(import.meta.url)('koffi') as Koffi);
  return shared;
}

class LinuxSystem implements VfioSystem {
  readonly #koffi: Koffi;
  readonly #c: ReturnType<typeof bind>;
  readonly #bounce: SystemMemory;

  constructor(koffi: Koffi) {
    this.#koffi = koffi;
    this.#c = bind(koffi);
    const bounce = this.allocate(BOUNCE_SIZE);
    if (typeof bounce === 'number')
      throw new Error(`no memory for system calls (errno ${-bounce})`);
    this.#bounce = bounce;
  }

  open(path: string, flags: number): number {
    return this.#result(this.#c.open(path, flags | O_CLOEXEC, 0));
  }

  close(fd: number): number {
    return this.#result(this.#c.close(fd));
  }

  ioctl(fd: number, request: number, argument: number | DataView): number {
    if (typeof argument === 'number') return this.#result(this.#c.ioctl(fd, request, argument));
    const bytes = new Uint8Array(argument.buffer, argument.byteOffset, argument.byteLength);
    return this.#withMemory(bytes.length, (memory) => {
      memory.bytes.set(bytes);
      const result = this.#result(this.#c.ioctl(fd, request, memory.address));
      bytes.set(memory.bytes.subarray(0, bytes.length));
      return result;
    });
  }

  read(fd: number, target: Uint8Array): number {
    return this.#fetch(target, (address) => this.#c.read(fd, address, target.length));
  }

  write(fd: number, source: Uint8Array): number {
    return this.#withMemory(source.length, (memory) => {
      memory.bytes.set(source);
      return this.#result(this.#c.write(fd, memory.address, source.length));
    });
  }

  pread(fd: number, target: Uint8Array, offset: number): number {
    return this.#fetch(target, (address) => this.#c.pread(fd, address, target.length, offset));
  }

  pwrite(fd: number, source: Uint8Array, offset: number): number {
    return this.#withMemory(source.length, (memory) => {
      memory.bytes.set(source);
      return this.#result(this.#c.pwrite(fd, memory.address, source.length, offset));
    });
  }

  mmap(fd: number, offset: number, length: number, protection: number): SystemMemory | number {
    return this.#map(length, protection, MAP_SHARED, fd, offset);
  }

  allocate(length: number): SystemMemory | number {
    const whole = Math.max(1, Math.ceil(length / PAGE_SIZE)) * PAGE_SIZE;
    return this.#map(whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }

  munmap(memory: SystemMemory): number {
    return this.#result(this.#c.munmap(memory.address, memory.bytes.length));
  }

  eventfd(initial: number): number {
    return this.#result(this.#c.eventfd(initial, O_CLOEXEC | O_NONBLOCK));
  }

  waitReadable(fd: number, timeoutMs: number): number {
    // struct pollfd: int fd; short events; short revents.
    const { address, bytes } = this.#bounce;
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
    view.setInt32(0, fd, true);
    view.setInt16(4, POLLIN, true);
    view.setInt16(6, 0, true);
    const result = this.#result(this.#c.poll(address, 1, timeoutMs));
    if (result <= 0) return result;
    return (view.getInt16(6, true) & POLLIN) !== 0 ? 1 : -Errno.EBADF;
  }

  readlink(path: string): string | number {
    return resultOf(() => readlinkSync(path));
  }

  readdir(path: string): string[] | number {
    return resultOf(() => readdirSync(path));
  }

  readFile(path: string): Uint8Array | number {
    return resultOf(() => readFileSync(path));
  }

  #map(
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ): SystemMemory | number {
    const address = this.#result(this.#c.mmap(0, length, protection, flags, fd, offset));
    if (address < 0) return address;
    return { address, bytes: new Uint8Array(this.#koffi.view(address, length)) };
  }

  #fetch(target: Uint8Array, transfer: (address: number) => number): number {
    return this.#withMemory(target.length, (memory) => {
      const result = this.#result(transfer(memory.address));
      if (result > 0) target.set(memory.bytes.subarray(0, result));
      return result;
    });
  }

  /** Lends memory of a fixed address: the bounce buffer, or for more than that a mapping of its own. */
  #withMemory(length: number, use: (memory: SystemMemory) => number): number {
    if (length <= BOUNCE_SIZE) return use(this.#bounce);
    const memory = this.allocate(length);
    if (typeof memory === 'number') return memory;
    try {
      return use(memory);
    } finally {
      this.munmap(memory);
    }
  }

  #result(result: number): number {
    return result < 0 ? -this.#koffi.errno() : result;
  }
}

type NumberCall = (...args: (number | string)[]) => number;

/** Addresses travel as numbers, which user space's 47 bits fit into. 64-bit libraries: off_t is int64. */
function bind(koffi: Koffi) {
  const library = koffi.load(null);
  const call = (name: string, result: string, parameters: string[]): NumberCall =>
    library.func(name, result, parameters) as NumberCall;
  return {
    open: call('open', 'int', ['str', 'int', 'uint']),
    close: call('close', 'int', ['int']),
    ioctl: call('ioctl', 'int', ['int', 'ulong', 'intptr']),
    read: call('read', 'intptr', ['int', 'intptr', 'size_t']),
    write: call('write', 'intptr', ['int', 'intptr', 'size_t']),
    pread: call('pread', 'intptr', ['int', 'intptr', 'size_t', 'int64']),
    pwrite: call('pwrite', 'intptr', ['int', 'intptr', 'size_t', 'int64']),
    mmap: call('mmap', 'intptr', ['intptr', 'size_t', 'int', 'int', 'int', 'int64']),
    munmap: call('munmap', 'int', ['intptr', 'size_t']),
    eventfd: call('eventfd', 'int', ['uint', 'int']),
    poll: call('poll', 'int', ['intptr', 'ulong', 'int']),
  };
}

/** The result of a call of `node:fs`, with failures as −errno. */
function resultOf<T>(call: () => T): T | number {
  try {
    return call();
  } catch (error) {
    const { errno } = error as { errno?: number };
    if (typeof errno === 'number') return errno;
    throw error;
  }
}
