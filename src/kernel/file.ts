/**
 * Open files. A `File` is one opening of something (`struct file`): descriptors, mappings and
 * kernel users hold references to it, and the last one to go runs its `release`.
 */
import type { Channel } from './channel.js';
import type { Inode } from './inode.js';
import type { MemoryObject } from './memory-object.js';
import type { Module } from './module.js';
import type { Task } from './task.js';

/** A result as system calls have it: ≥ 0, or −errno. Failing by KernelError is the same thing. */
export type SyscallResult = number | Promise<number>;

/** Where a read or write begins; the callee moves it on. */
export interface FilePosition {
  /** Bytes from the beginning. */
  offset: number;
}

/** What `mmap` asks for (`struct vm_area_struct`). */
export interface MemoryArea {
  /** Bytes, a multiple of the page size except for what is being refused. */
  readonly length: number;
  /** Offset in the file, in pages. */
  readonly pageOffset: number;
  /** PROT_READ, PROT_WRITE, … */
  readonly protection: number;
  /** Whether stores are to reach the file (MAP_SHARED). */
  readonly isShared: boolean;
  /** Set by the file's `mmap`: the memory that the area shows, page offset included. */
  backing?: MappedMemory;
}

/** Memory of a device that clients map and the device's model shares. */
export interface MappedMemory {
  /** The bytes the area shows. */
  readonly bytes: Uint8Array;
}

/**
 * What can be done with an open file (`struct file_operations`). The object that implements it *is*
 * the open file's private data. `address` is where the caller's buffer lies in its memory; `argument`
 * is the ioctl's third argument as a number (signed if the register was).
 */
export interface FileOperations {
  read?(task: Task, address: number, count: number, position: FilePosition): SyscallResult;
  write?(task: Task, address: number, count: number, position: FilePosition): SyscallResult;
  ioctl?(task: Task, command: number, argument: number): SyscallResult;
  /** ioctl of a 32-bit program on a 64-bit kernel. */
  compatIoctl?(task: Task, command: number, argument: number): SyscallResult;
  mmap?(task: Task, area: MemoryArea): number;
  /** The last reference has gone. */
  release?(): void;
  /** The memory that `mmap` of the file shows parts of, at their file offsets, if it can be mapped. */
  readonly memory?: MemoryObject | undefined;
  /** Whether the file has a position that `lseek` moves; device files of VFIO do not. */
  readonly isSeekable?: boolean;
}

/** One opening of an inode. */
export class File {
  readonly inode: Inode;
  readonly operations: FileOperations;
  /** O_RDONLY, O_WRONLY or O_RDWR, and the status flags. */
  readonly flags: number;
  readonly position: FilePosition = { offset: 0 };
  /** Told when the last reference has gone, before the file is released. */
  released: Channel<File> | undefined;
  readonly #owner: Module | undefined;
  #references = 1;

  /** @param owner holds a reference to this module, taken by the caller, until after release */
  constructor(inode: Inode, operations: FileOperations, flags: number, owner?: Module) {
    this.inode = inode;
    this.operations = operations;
    this.flags = flags;
    this.#owner = owner;
  }

  /** Takes a reference (`get_file`). */
  get(): this {
    this.#references += 1;
    return this;
  }

  /** Gives a reference back; the last one releases the file (`fput`). */
  put(): void {
    this.#references -= 1;
    if (this.#references > 0) return;
    if (this.#references < 0) throw new Error(`${this.inode.label}: put of a released file`);
    this.released?.publish?.(this);
    this.operations.release?.();
    this.#owner?.put();
  }
}
