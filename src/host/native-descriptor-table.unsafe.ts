/**
 * The descriptor table of a native process, as far as the machine's files are in it. The table itself
 * is the real kernel's: here is only what is needed to put files in and find them again.
 */
import { readLink } from './native/proc-file.unsafe.js';
import { kernelError } from '../kernel/error.js';
import type { DescriptorTable } from '../kernel/descriptor-table.js';
import type { EventFd } from '../kernel/event-fd.js';
import { File } from '../kernel/file.js';
import { anonymousInode } from '../kernel/inode.js';
import { libc } from './native/libc.unsafe.js';
import type { BornEventFds } from './born-event-fds.unsafe.js';
import { nativeEventFd } from './native-event-fd.unsafe.js';
import type { ReadySet } from './ready-set.unsafe.js';

/** The numbers uvfio's files are given. */
export interface HighRange {
  readonly base: number;
  /** One past the last. */
  readonly limit: number;
}

/** A file to be put into the process when the call that made it is answered. */
export interface PendingFile {
  readonly fd: number;
  readonly file: File;
  readonly closeOnExec: boolean;
}

/** Any file that is not the machine's: it can be told apart from a closed descriptor, and does nothing. */
const FOREIGN_FILE = new File(anonymousInode('[foreign]'), {}, 0);

/** Whether a file of a table is only the stand-in for one that is not the machine's. */
export function isForeign(file: File): boolean {
  return file === FOREIGN_FILE;
}

export class NativeDescriptorTable implements DescriptorTable {
  readonly #pid: number;
  readonly #range: HighRange;
  readonly #ready: ReadySet;
  readonly #born: BornEventFds | undefined;
  readonly #find: (fd: number) => File | undefined;
  readonly #reserved = new Map<number, boolean>();
  /** Numbers given out that may still be open: looked at last when a free one is wanted. */
  readonly #given = new Set<number>();
  #pending: PendingFile | undefined;

  /**
   * @param born eventfds that were made here, where descriptors can't be copied
   * @param find the machine's file behind a descriptor of the process
   */
  constructor(
    pid: number,
    range: HighRange,
    ready: ReadySet,
    born: BornEventFds | undefined,
    find: (fd: number) => File | undefined,
  ) {
    this.#pid = pid;
    this.#range = range;
    this.#ready = ready;
    this.#born = born;
    this.#find = find;
  }

  /** A file of the machine, or a stand-in for what the program has open that is not. */
  get(fd: number): File | undefined {
    if (fd < 0) return undefined;
    const file = this.#find(fd);
    if (file !== undefined) return file;
    return readLink(`/proc/${this.#pid}/fd/${fd}`) === undefined ? undefined : FOREIGN_FILE;
  }

  /** The lowest number of the range that is free. @throws EMFILE */
  reserve(closeOnExec: boolean, atLeast = 0): number {
    const first = Math.max(this.#range.base, atLeast);
    const free =
      this.#firstFree(first, (fd) => !this.#given.has(fd)) ?? this.#firstFree(first, () => true);
    if (free === undefined) throw kernelError('EMFILE');
    this.#reserved.set(free, closeOnExec);
    this.#given.add(free);
    return free;
  }

  unreserve(fd: number): void {
    this.#reserved.delete(fd);
    this.#given.delete(fd);
  }

  install(fd: number, file: File): void {
    this.#pending = { fd, file, closeOnExec: this.#reserved.get(fd) ?? false };
    this.#reserved.delete(fd);
  }

  /** The file installed by the call that is being answered, once. */
  takePending(): PendingFile | undefined {
    const pending = this.#pending;
    this.#pending = undefined;
    return pending;
  }

  /** The process has closed a number of the range, or replaced its program. */
  forget(fd?: number): void {
    if (fd === undefined) this.#given.clear();
    else this.#given.delete(fd);
  }

  getEventFd(fd: number): EventFd {
    const copy = this.#born?.copyOf(this.#pid, fd) ?? this.copyOf(fd);
    return nativeEventFd(copy, this.#ready);
  }

  /**
   * A copy, in this process, of a descriptor of the program.
   * @throws EBADF
   */
  copyOf(fd: number): number {
    const pidfd = libc().pidfdOpen(this.#pid, 0);
    if (pidfd < 0) throw kernelError('EBADF');
    const copy = libc().pidfdGetfd(pidfd, fd);
    libc().close(pidfd);
    if (copy < 0) throw kernelError('EBADF');
    return copy;
  }

  #firstFree(first: number, isCandidate: (fd: number) => boolean): number | undefined {
    for (let fd = first; fd < this.#range.limit; fd++) {
      if (isCandidate(fd) && readLink(`/proc/${this.#pid}/fd/${fd}`) === undefined) return fd;
    }
    return undefined;
  }
}
