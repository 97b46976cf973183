/**
 * The table of open descriptors of a process (`struct files_struct`). Native programs keep theirs in
 * the real kernel, so this is an interface; `LocalDescriptorTable` serves in-process tasks.
 */
import { kernelError } from './error.js';
import { type EventFd, LocalEventFd } from './event-fd.js';
import type { File } from './file.js';

export interface DescriptorTable {
  /** The file behind a descriptor, without taking a reference; undefined when closed or not ours. */
  get(fd: number): File | undefined;
  /**
   * Takes a free descriptor number (`get_unused_fd_flags`).
   * @throws EMFILE
   */
  reserve(closeOnExec: boolean): number;
  /** Gives back a number that was reserved and not installed (`put_unused_fd`). */
  unreserve(fd: number): void;
  /** Makes a reserved number refer to a file, whose reference moves to the table (`fd_install`). */
  install(fd: number, file: File): void;
  /**
   * The eventfd behind a descriptor; the reference is the caller's (`eventfd_ctx_fdget`).
   * @throws EBADF when nothing is open there, EINVAL when it is something else
   */
  getEventFd(fd: number): EventFd;
}

/** A table in JavaScript: the lowest free number is given out, as POSIX asks. */
export class LocalDescriptorTable implements DescriptorTable {
  readonly #limit: number;
  readonly #files: (File | 'reserved' | undefined)[] = [];
  /** No number below is free. */
  #lowest: number;

  /** @param limit RLIMIT_NOFILE: numbers are below it */
  constructor(first = 0, limit = 1024) {
    this.#lowest = first;
    this.#limit = limit;
  }

  get(fd: number): File | undefined {
    const entry = this.#files[fd];
    return entry === 'reserved' ? undefined : entry;
  }

  reserve(_closeOnExec: boolean): number {
    let fd = this.#lowest;
    while (this.#files[fd] !== undefined) fd += 1;
    if (fd >= this.#limit) throw kernelError('EMFILE');
    this.#files[fd] = 'reserved';
    this.#lowest = fd + 1;
    return fd;
  }

  unreserve(fd: number): void {
    this.#free(fd);
  }

  install(fd: number, file: File): void {
    this.#files[fd] = file;
  }

  /**
   * Closes a descriptor: the number is free before the file is released.
   * @throws EBADF
   */
  close(fd: number): void {
    this.remove(fd).put();
  }

  /** Frees a descriptor's number; its reference to the file moves to the caller. @throws EBADF */
  remove(fd: number): File {
    const file = this.get(fd);
    if (file === undefined) throw kernelError('EBADF');
    this.#free(fd);
    return file;
  }

  getEventFd(fd: number): EventFd {
    const file = this.get(fd);
    if (file === undefined) throw kernelError('EBADF');
    if (!(file.operations instanceof LocalEventFd)) throw kernelError('EINVAL');
    return file.operations.get(file);
  }

  #free(fd: number): void {
    this.#files[fd] = undefined;
    this.#lowest = Math.min(this.#lowest, fd);
  }

  /** Descriptors open now. */
  get openDescriptors(): number[] {
    return [...this.#files.keys()].filter((fd) => this.get(fd) !== undefined);
  }
}
