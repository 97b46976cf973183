/**
 * A process of TypeScript: system calls on a machine, made by functions of the same program. Results
 * are the kernel's, ≥ 0 or −errno, and the methods are those that `uvfio/client` asks of a system.
 *
 * Nothing here waits in real time: each call takes a microsecond of the machine's time, and waiting
 * moves that time to when something happens.
 */
import { LocalDescriptorTable } from '../kernel/descriptor-table.js';
import { resultOfError } from '../kernel/error.js';
import { LocalEventFd } from '../kernel/event-fd.js';
import { File, type SyscallResult } from '../kernel/file.js';
import { type Inode, anonymousInode } from '../kernel/inode.js';
import { LocalMemory } from '../kernel/local-memory.js';
import type { SystemCalls } from '../kernel/system-calls.js';
import { type Credentials, Task } from '../kernel/task.js';
import { Errno } from '../uapi/errno.js';
import { O_RDONLY, O_RDWR, O_WRONLY, PAGE_SIZE, PROT_WRITE } from '../uapi/file.js';
import type { MachineClock } from './machine-clock.js';

/** Memory of a task. */
export interface TaskMemory {
  /** Where it is in the task's address space. */
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** What can be said of a task when it is made. */
export interface MachineTaskOptions {
  /** The command name. Default `node`. */
  readonly comm?: string;
  /** Default: those of the machine's owner. */
  readonly credentials?: Credentials;
  /** RLIMIT_MEMLOCK in bytes. Default: no limit. */
  readonly memlockLimit?: number;
  /** RLIMIT_NOFILE. Default 1024. */
  readonly descriptorLimit?: number;
}

/** What a task is part of. */
export interface TaskPlace {
  readonly pid: number;
  readonly systemCalls: SystemCalls;
  readonly clock: MachineClock;
  readonly credentials: Credentials;
}

export class MachineTask {
  /** The task as the kernel sees it. */
  readonly task: Task;
  readonly memory = new LocalMemory();
  readonly files: LocalDescriptorTable;
  readonly #calls: SystemCalls;
  readonly #clock: MachineClock;
  readonly #mappedFiles = new Map<number, File>();

  constructor(place: TaskPlace, options: MachineTaskOptions = {}) {
    const { credentials = place.credentials, memlockLimit = Infinity } = options;
    this.files = new LocalDescriptorTable(0, options.descriptorLimit);
    this.#calls = place.systemCalls;
    this.#clock = place.clock;
    this.#clock.start();
    this.task = new Task({
      pid: place.pid,
      comm: options.comm ?? 'node',
      credentials: () => credentials,
      memlockLimit: () => memlockLimit,
      memory: this.memory,
      files: this.files,
    });
  }

  /** `open(2)` of an absolute path. */
  open(path: string, flags: number): number {
    this.#clock.tick();
    return this.#calls.open(this.task, path, flags);
  }

  close(fd: number): number {
    this.#clock.tick();
    return resultOf(() => {
      this.#calls.close(this.files.remove(fd));
      return 0;
    });
  }

  /** `dup(2)` */
  dup(fd: number): number {
    return this.#withFile(fd, (file) =>
      resultOf(() => {
        const copy = this.files.reserve(false);
        this.files.install(copy, file.get());
        return copy;
      }),
    );
  }

  /** `ioctl(2)`. A `DataView` stands for the address of its bytes. */
  ioctl(fd: number, request: number, argument: number | DataView): number {
    return this.#withFile(fd, (file) => {
      if (typeof argument === 'number') {
        return immediate(this.#calls.ioctl(this.task, file, request, argument));
      }
      const bytes = new Uint8Array(argument.buffer, argument.byteOffset, argument.byteLength);
      return this.#lend(bytes, (address) =>
        immediate(this.#calls.ioctl(this.task, file, request, address)),
      );
    });
  }

  read(fd: number, target: Uint8Array): number {
    return this.#read(fd, target);
  }

  pread(fd: number, target: Uint8Array, offset: number): number {
    return this.#read(fd, target, offset);
  }

  /** `write(2)`: a promise where the call sleeps, as unbinding a device in use does. */
  write(fd: number, source: Uint8Array): SyscallResult {
    return this.#withFile(fd, (file) =>
      this.#lend(source, (address) => this.#calls.write(this.task, file, address, source.length)),
    );
  }

  pwrite(fd: number, source: Uint8Array, offset: number): number {
    return this.#withFile(fd, (file) =>
      this.#lend(source, (address) =>
        immediate(this.#calls.write(this.task, file, address, source.length, offset)),
      ),
    );
  }

  /** `mmap(2)`, shared. `offset` is in bytes. */
  mmap(fd: number, offset: number, length: number, protection: number): TaskMemory | number {
    return this.#withFile<TaskMemory | number>(fd, (file) => {
      const request = { length, protection, isShared: true, offset };
      const area = this.#calls.mmap(this.task, file, request);
      if (typeof area === 'number') return area;
      if (area.backing === undefined) return -Errno.ENODEV;
      const { bytes } = area.backing;
      const isWritable = (protection & PROT_WRITE) !== 0;
      const address = this.memory.map(bytes, { isWritable, isDeviceMemory: true });
      this.#mappedFiles.set(address, file.get());
      return { address, bytes };
    });
  }

  /** Anonymous zeroed memory in whole pages, for DMA for example. */
  allocate(length: number): TaskMemory | number {
    this.#clock.tick();
    return this.memory.allocate(Math.ceil(length / PAGE_SIZE) * PAGE_SIZE);
  }

  /** `munmap(2)` of what `mmap` or `allocate` answered with. */
  munmap(memory: { readonly address: number }): number {
    this.#clock.tick();
    this.memory.unmap(memory.address);
    const file = this.#mappedFiles.get(memory.address);
    this.#mappedFiles.delete(memory.address);
    file?.put();
    return 0;
  }

  /** `eventfd(2)`, not blocking. */
  eventfd(initial = 0): number {
    this.#clock.tick();
    return resultOf(() => {
      const fd = this.files.reserve(true);
      const inode = anonymousInode('[eventfd]');
      this.files.install(fd, new File(inode, new LocalEventFd(initial), O_RDWR));
      return fd;
    });
  }

  /**
   * Waits, in the machine's time, until an eventfd can be read: 1, or 0 when `timeoutMs` have passed
   * (-1: no limit). Other files can always be read.
   */
  waitReadable(fd: number, timeoutMs: number): number {
    return this.#withFile(fd, ({ operations }) => {
      const isReadable = () => !(operations instanceof LocalEventFd) || operations.count > 0n;
      return this.#clock.waitUntil(isReadable, timeoutMs) ? 1 : 0;
    });
  }

  /** `stat(2)` */
  stat(path: string): Inode | number {
    this.#clock.tick();
    return this.#calls.stat(path, true);
  }

  readlink(path: string): string | number {
    this.#clock.tick();
    return this.#calls.readlink(path);
  }

  /** The names in a directory. */
  readdir(path: string): string[] | number {
    this.#clock.tick();
    return this.#calls.readdir(path);
  }

  /** All that a file holds. */
  readFile(path: string): Uint8Array | number {
    const fd = this.open(path, O_RDONLY);
    if (fd < 0) return fd;
    try {
      return this.#readToEnd(fd);
    } finally {
      this.close(fd);
    }
  }

  /** Opens a file, writes a text in one call, closes it: `echo -n TEXT > PATH`. */
  writeFile(path: string, text: string): SyscallResult {
    const fd = this.open(path, O_WRONLY);
    if (fd < 0) return fd;
    const result = this.write(fd, new TextEncoder().encode(text));
    if (typeof result === 'number') {
      this.close(fd);
      return result;
    }
    return result.finally(() => this.close(fd));
  }

  /** What is open: descriptors and mappings, each with what it is of. */
  get openFiles(): { readonly fd: number | undefined; readonly name: string }[] {
    const descriptors = this.files.openDescriptors.map((fd) => ({
      fd,
      name: this.files.get(fd)?.inode.label ?? '',
    }));
    const mappings = [...this.#mappedFiles.values()].map((file) => ({
      fd: undefined,
      name: file.inode.label,
    }));
    return [...descriptors, ...mappings];
  }

  /** The files behind descriptors and mappings. */
  get heldFiles(): readonly File[] {
    const open = this.files.openDescriptors.map((fd) => this.files.get(fd));
    return [...open, ...this.#mappedFiles.values()].filter((file) => file !== undefined);
  }

  /** Ends the process: its mappings go, then its descriptors, as the kernel does it. */
  exit(): void {
    for (const address of [...this.#mappedFiles.keys()]) this.munmap({ address });
    for (const fd of this.files.openDescriptors) this.#calls.close(this.files.remove(fd));
  }

  #read(fd: number, target: Uint8Array, offset?: number): number {
    return this.#withFile(fd, (file) =>
      this.#lend(target, (address) =>
        immediate(this.#calls.read(this.task, file, address, target.length, offset)),
      ),
    );
  }

  #readToEnd(fd: number): Uint8Array | number {
    let whole = new Uint8Array(0);
    for (;;) {
      const part = new Uint8Array(PAGE_SIZE);
      const count = this.#read(fd, part);
      if (count < 0) return count;
      if (count === 0) return whole;
      const longer = new Uint8Array(whole.length + count);
      longer.set(whole);
      longer.set(part.subarray(0, count), whole.length);
      whole = longer;
    }
  }

  #withFile<T>(fd: number, call: (file: File) => T): T | number {
    this.#clock.tick();
    const file = this.files.get(fd);
    return file === undefined ? -Errno.EBADF : call(file);
  }

  /** Gives bytes an address for the time of a call; beyond their end is nothing. */
  #lend<T>(bytes: Uint8Array, call: (address: number) => T): T {
    const address = this.memory.map(bytes);
    try {
      return call(address);
    } finally {
      this.memory.unmap(address);
    }
  }
}

/** The result of a call that never sleeps. */
function immediate(result: SyscallResult): number {
  if (typeof result !== 'number') throw new Error('this call can sleep: use write()');
  return result;
}

function resultOf(call: () => number): number {
  try {
    return call();
  } catch (error) {
    return resultOfError(error);
  }
}
