/** Eventfds: the counters through which clients hear of interrupts (`eventfd(2)`). */
import { kernelError } from './error.js';
import type { File, FileOperations, FilePosition } from './file.js';
import type { Task } from './task.js';

/** A kernel user's hold on an eventfd (`struct eventfd_ctx`). */
export interface EventFd {
  /** Adds `count` to the counter (`eventfd_signal`). */
  signal(count: number): void;
  /**
   * Calls back whenever the counter becomes non-zero, and takes what it held (a virqfd).
   * @returns ends it
   */
  listen(callback: () => void): () => void;
  /** Gives the hold back. */
  put(): void;
}

/** The largest value a counter takes. */
const MAXIMUM = 0xffff_ffff_ffff_fffen;

/** An eventfd of the in-process kernel. Reads of a zero counter answer EAGAIN: nothing sleeps here. */
export class LocalEventFd implements FileOperations {
  #count: bigint;
  readonly #listeners = new Set<() => void>();

  constructor(initial = 0) {
    this.#count = BigInt(initial);
  }

  /** What a read would return now. */
  get count(): bigint {
    return this.#count;
  }

  /** A kernel user's hold, which keeps the file open. */
  get(file: File): EventFd {
    file.get();
    return {
      signal: (count) => this.signal(BigInt(count)),
      listen: (callback) => this.#listen(callback),
      put: () => file.put(),
    };
  }

  signal(count: bigint): void {
    const sum = this.#count + count;
    this.#count = sum > MAXIMUM ? MAXIMUM : sum;
    if (this.#count === 0n) return;
    for (const listener of this.#listeners) {
      this.#count = 0n;
      listener();
    }
  }

  read(task: Task, address: number, count: number, _position: FilePosition): number {
    if (count < 8) throw kernelError('EINVAL');
    if (this.#count === 0n) throw kernelError('EAGAIN');
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, this.#count, true);
    if (!task.memory.write(address, bytes)) throw kernelError('EFAULT');
    this.#count = 0n;
    return 8;
  }

  write(task: Task, address: number, count: number, _position: FilePosition): number {
    if (count < 8) throw kernelError('EINVAL');
    const bytes = new Uint8Array(8);
    if (!task.memory.read(address, bytes)) throw kernelError('EFAULT');
    const added = new DataView(bytes.buffer).getBigUint64(0, true);
    if (added > MAXIMUM) throw kernelError('EINVAL');
    if (this.#count + added > MAXIMUM) throw kernelError('EAGAIN');
    this.signal(added);
    return 8;
  }

  #listen(callback: () => void): () => void {
    this.#listeners.add(callback);
    if (this.#count > 0n) {
      this.#count = 0n;
      callback();
    }
    return () => this.#listeners.delete(callback);
  }
}
