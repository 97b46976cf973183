/** The tasks of a recording. */
import type { File } from '../kernel/file.js';
import { LocalMemory } from '../kernel/local-memory.js';
import { NOBODY_CREDENTIALS, Task } from '../kernel/task.js';
import { PAGE_SIZE } from '../uapi/file.js';
import { credentialsOf, type Recorder, recordedTask, type RecordOf } from '../recording/index.js';
import type { RecordCursor } from './record-cursor.js';
import { type ReplayedEvents, ReplayedFiles } from './replayed-files.js';
import { ReplayedMemory } from './replayed-memory.js';

export class ReplayedTasks {
  readonly #recorder: Recorder;
  readonly #cursor: RecordCursor;
  readonly #files: ReadonlyMap<number, File>;
  readonly #events: ReplayedEvents;
  readonly #byNumber = new Map<number, Task>();
  /** The task that a process had last. */
  readonly #byPid = new Map<number, Task>();

  constructor(
    recorder: Recorder,
    cursor: RecordCursor,
    files: ReadonlyMap<number, File>,
    events: ReplayedEvents,
  ) {
    this.#recorder = recorder;
    this.#cursor = cursor;
    this.#files = files;
    this.#events = events;
  }

  at(number: number): Task | undefined {
    return this.#byNumber.get(number);
  }

  /** A task is mentioned for the first time. */
  introduce({ task: number, pid, comm, isProgram }: RecordOf<'task'>): void {
    if (isProgram) this.#add(number, this.#program(pid, comm));
    else {
      const task = this.#reader(pid, comm);
      this.#add(number, task);
      this.#recorder.task(task);
    }
  }

  #add(number: number, task: Task): void {
    this.#byNumber.set(number, task);
    this.#byPid.set(task.pid, task);
  }

  #program(pid: number, comm: string): Task {
    const cursor = this.#cursor;
    const files = new ReplayedFiles(cursor, this.#files, this.#events);
    return recordedTask(
      this.#recorder,
      {
        pid,
        comm,
        memory: new ReplayedMemory(cursor),
        files,
        credentials: () => {
          const record = cursor.peekAt('credentials');
          return record === undefined ? NOBODY_CREDENTIALS : credentialsOf(record);
        },
        memlockLimit: () => cursor.peekAt('memlock')?.bytes ?? 0,
      },
      files.known,
    );
  }

  /** As the host reads a file with, on behalf of a program: into memory of its own. */
  #reader(pid: number, comm: string): Task {
    const program = this.#byPid.get(pid);
    const memory = new LocalMemory();
    memory.allocate(PAGE_SIZE);
    return new Task({
      pid,
      comm,
      memory,
      credentials: () => program?.credentials ?? NOBODY_CREDENTIALS,
      memlockLimit: () => 0,
      files: program?.files ?? new ReplayedFiles(this.#cursor, this.#files, this.#events),
    });
  }
}
