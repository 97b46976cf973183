/** The descriptors of a recorded program: what it had behind them is what was written down. */
import type { DescriptorTable } from '../kernel/descriptor-table.js';
import { kernelError, kernelErrorOf } from '../kernel/error.js';
import type { EventFd } from '../kernel/event-fd.js';
import { File } from '../kernel/file.js';
import { anonymousInode } from '../kernel/inode.js';
import { type DescriptorKnowledge, FOREIGN } from '../recording/index.js';
import type { RecordCursor } from './record-cursor.js';

/** Any file of the program that was not the machine's. */
const FOREIGN_FILE = new File(anonymousInode('[foreign]'), {}, 0);

export class ReplayedFiles implements DescriptorTable {
  /** What is known of descriptors besides. */
  readonly known: DescriptorKnowledge = {
    isForeign: (file) => file === FOREIGN_FILE,
    watch: (fd) => () => this.#cursor.peekAt('eventGone')?.fd === fd,
  };
  readonly #cursor: RecordCursor;
  readonly #files: ReadonlyMap<number, File>;
  readonly #events: ReplayedEvents;

  /** @param files the machine's, by number */
  constructor(cursor: RecordCursor, files: ReadonlyMap<number, File>, events: ReplayedEvents) {
    this.#cursor = cursor;
    this.#files = files;
    this.#events = events;
  }

  get(_fd: number): File | undefined {
    const number = this.#cursor.peekAt('lookup')?.file ?? 0;
    return number === FOREIGN ? FOREIGN_FILE : this.#files.get(number);
  }

  reserve(_closeOnExec: boolean): number {
    const result = this.#cursor.peekAt('reserve')?.result;
    if (result === undefined) throw kernelError('EMFILE');
    if (result < 0) throw kernelErrorOf(result);
    return result;
  }

  unreserve(_fd: number): void {}

  install(_fd: number, _file: File): void {}

  getEventFd(_fd: number): EventFd {
    const result = this.#cursor.peekAt('eventGet')?.result;
    if (result === undefined) throw kernelError('EBADF');
    if (result < 0) throw kernelErrorOf(result);
    return this.#events.open(result);
  }
}

/** The eventfds of all programs, by number. */
export class ReplayedEvents {
  readonly #listeners = new Map<number, () => void>();

  open(number: number): EventFd {
    return {
      signal: () => undefined,
      listen: (callback) => {
        this.#listeners.set(number, callback);
        return () => this.#listeners.delete(number);
      },
      put: () => undefined,
    };
  }

  /** A program signals one that the machine listens to. */
  fire(number: number): void {
    this.#listeners.get(number)?.();
  }
}
