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

/** What is known of descriptors besides the table. */
export interface DescriptorKnowledge {
  /** Whether a file of the table is only a stand-in for one that is not the machine's. */
  readonly isForeign: (file: File) => boolean;
  /** Looks at the eventfd behind a descriptor; what it returns tells whether the program has closed it since. */
  readonly watch: (fd: number) => () => boolean;
}

export class RecordedFiles implements DescriptorTable {
  readonly #recorder: Recorder;
  readonly #task: number;
  readonly #files: DescriptorTable;
  readonly #known: DescriptorKnowledge;

  constructor(
    recorder: Recorder,
    task: number,
    files: DescriptorTable,
    known: DescriptorKnowledge,
  ) {
    this.#recorder = recorder;
    this.#task = task;
    this.#files = files;
    this.#known = known;
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
    const isClosed = this.#known.watch(fd);
    const tellIfGone = (): void => {
      if (isClosed()) this.#recorder.write('eventGone', { event, fd });
    };
    return new RecordedEventFd(this.#recorder, event, eventFd, tellIfGone);
  }

  #numberOf(file: File): number {
    return this.#known.isForeign(file) ? FOREIGN : this.#recorder.file(file);
  }
}

class RecordedEventFd implements EventFd {
  readonly #recorder: Recorder;
  readonly #event: number;
  readonly #eventFd: EventFd;
  readonly #tellIfGone: () => void;

  constructor(recorder: Recorder, event: number, eventFd: EventFd, tellIfGone: () => void) {
    this.#recorder = recorder;
    this.#event = event;
    this.#eventFd = eventFd;
    this.#tellIfGone = tellIfGone;
  }

  signal(count: number): void {
    // What the interrupt is about has to be there before it.
    this.#recorder.sharedMemories.show();
    this.#recorder.write('eventSignal', { event: this.#event, count });
    this.#eventFd.signal(count);
  }

  listen(callback: () => void): () => void {
    const event = this.#event;
    this.#recorder.write('eventListen', { event });
    const stop = this.#eventFd.listen(() => {
      this.#recorder.enter('eventFired', { event });
      callback();
    });
    return () => {
      this.#recorder.write('eventUnlisten', { event });
      stop();
    };
  }

  put(): void {
    this.#tellIfGone();
    this.#recorder.write('eventPut', { event: this.#event });
    this.#eventFd.put();
  }
}
