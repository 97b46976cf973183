/** The descriptors of a program, with what the machine asks of them written down. */
import type { DescriptorTable } from '../kernel/descriptor-table.js';
import { KernelError } from '../kernel/error.js';
import type { EventFd } from '../kernel/event-fd.js';
import type { File } from '../kernel/file.js';
import type { Recorder } from './recorder.js';

/** Files that are not the machine's: they can be told from closed descriptors, and that is all. */
export const FOREIGN = -1;

/** Asks for something that may fail, and says what the answer was as a number. */
function recorded<T>(ask: () => T, write: (result: number, value?: T) => void): T {
  try {
    const value = ask();
    write(0, value);
    return value;
  } catch (error) {
    if (error instanceof KernelError) write(-error.errno);
    throw error;
  }
}

export class RecordedFiles implements DescriptorTable {
  readonly #recorder: Recorder;
  readonly #task: number;
  readonly #files: DescriptorTable;
  readonly #isForeign: (file: File) => boolean;

  /** @param isForeign whether a file of the table is only a stand-in */
  constructor(
    recorder: Recorder,
    task: number,
    files: DescriptorTable,
    isForeign: (file: File) => boolean,
  ) {
    this.#recorder = recorder;
    this.#task = task;
    this.#files = files;
    this.#isForeign = isForeign;
  }

  get(fd: number): File | undefined {
    const file = this.#files.get(fd);
    const number = file === undefined ? 0 : this.#numberOf(file);
    this.#recorder.write('lookup', { task: this.#task, fd, file: number });
    return file;
  }

  reserve(closeOnExec: boolean): number {
    const write = (failure: number, fd?: number): void =>
      this.#recorder.write('reserve', { task: this.#task, closeOnExec, result: fd ?? failure });
    return recorded(() => this.#files.reserve(closeOnExec), write);
  }

  unreserve(fd: number): void {
    this.#recorder.write('unreserve', { task: this.#task, fd });
    this.#files.unreserve(fd);
  }

  install(fd: number, file: File): void {
    const number = this.#recorder.file(file);
    this.#recorder.write('install', { task: this.#task, fd, file: number });
    this.#files.install(fd, file);
  }

  getEventFd(fd: number): EventFd {
    const event = this.#recorder.events.take();
    const write = (failure: number): void =>
      this.#recorder.write('eventGet', { task: this.#task, fd, result: failure || event });
    const eventFd = recorded(() => this.#files.getEventFd(fd), write);
    return new RecordedEventFd(this.#recorder, event, eventFd);
  }

  #numberOf(file: File): number {
    return this.#isForeign(file) ? FOREIGN : this.#recorder.file(file);
  }
}

class RecordedEventFd implements EventFd {
  readonly #recorder: Recorder;
  readonly #event: number;
  readonly #eventFd: EventFd;

  constructor(recorder: Recorder, event: number, eventFd: EventFd) {
    this.#recorder = recorder;
    this.#event = event;
    this.#eventFd = eventFd;
  }

  signal(count: number): void {
    this.#recorder.write('eventSignal', { event: this.#event, count });
    this.#eventFd.signal(count);
  }

  listen(callback: () => void): () => void {
    const event = this.#event;
    this.#recorder.write('eventListen', { event });
    const stop = this.#eventFd.listen(() => {
      this.#recorder.write('eventFired', { event });
      callback();
    });
    return () => {
      this.#recorder.write('eventUnlisten', { event });
      stop();
    };
  }

  put(): void {
    this.#recorder.write('eventPut', { event: this.#event });
    this.#eventFd.put();
  }
}
