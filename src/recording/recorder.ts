/**
 * Puts what happens into records: numbers what they are about, and hands them on in order. What there is
 * to record comes from `record-calls.ts`, `record-devices.ts` and `recorded-turns.ts` (channels), and from
 * the other `recorded-….ts`, which stand between the machine and what is outside it.
 */
import type { File } from '../kernel/file.js';
import type { Task } from '../kernel/task.js';
import { digest } from './digest.js';
import { Numbers } from './numbers.js';
import { SharedMemories } from './shared-memories.js';
import type { Fields, RecordKind } from './record.js';

/** Where records go: into a file, or to be compared. */
export interface RecordSink {
  write<Kind extends RecordKind>(kind: Kind, values: Fields<Kind>): void;
}

export interface RecorderOptions {
  readonly sink: RecordSink;
  /**
   * Whether everything is recorded that a replay needs: all bytes of memory, time, disks. Otherwise
   * bytes are cut off after `BRIEF_BYTES`.
   */
  readonly isFull: boolean;
}

/** Of what need not be there whole, a recording has so many bytes. */
const BRIEF_BYTES = 256;

export class Recorder {
  readonly isFull: boolean;
  readonly tasks = new Numbers<Task>();
  readonly memories = new Numbers<object>();
  readonly domains = new Numbers<object>();
  readonly events = new Numbers<object>();
  readonly disks = new Numbers<object>();
  /** What clients and devices share, where that is recorded. */
  readonly sharedMemories = new SharedMemories();
  /** Told of files when they get their numbers. */
  onFile: ((file: File, number: number) => void) | undefined;
  readonly #files = new Numbers<File>();
  readonly #sink: RecordSink;
  #hasLog = true;
  /** Writes what has begun, before the first record that it causes. */
  #pending: (() => void) | undefined;

  constructor({ sink, isFull }: RecorderOptions) {
    this.#sink = sink;
    this.isFull = isFull;
  }

  write<Kind extends RecordKind>(kind: Kind, values: Fields<Kind>): void {
    const begin = this.#pending;
    if (begin !== undefined) {
      this.#pending = undefined;
      begin();
    }
    this.#sink.write(kind, values);
  }

  /** Something comes from outside. What clients have stored before is seen before. */
  enter<Kind extends RecordKind>(kind: Kind, values: Fields<Kind>): void {
    this.sharedMemories.take();
    this.write(kind, values);
  }

  /** Whether what the log says is recorded now. */
  get hasLog(): boolean {
    return this.#hasLog;
  }

  /** Does something, and leaves out of the recording what the log says of it. */
  withoutLog(act: () => void): void {
    this.#hasLog = false;
    act();
    this.#hasLog = true;
  }

  /** Something begins that is written only if it causes other records: `begin` then writes it. */
  beginLazily(begin: () => void): void {
    this.#pending = begin;
  }

  /** It has ended. Whether it was written. */
  endLazily(): boolean {
    const wasWritten = this.#pending === undefined;
    this.#pending = undefined;
    return wasWritten;
  }

  /** As many bytes as there are of what has to be recorded to be repeated. */
  needed(bytes: Uint8Array): Uint8Array {
    return this.isFull ? bytes : this.cut(bytes);
  }

  /** As many bytes as there are of what a replay makes again. */
  cut(bytes: Uint8Array): Uint8Array {
    return bytes.length <= BRIEF_BYTES ? bytes : bytes.subarray(0, BRIEF_BYTES);
  }

  /** Of the bytes that `cut` leaves out, a number that most likely differs when they do. */
  rest(bytes: Uint8Array): number {
    return this.isFull && bytes.length > BRIEF_BYTES ? digest(bytes.subarray(BRIEF_BYTES)) : 0;
  }

  /** The number of a task. One that is new is none of a program: those introduce themselves. */
  task(task: Task): number {
    return this.tasks.of(task, (number) => {
      const { pid, comm } = task;
      this.write('task', { task: number, memory: 0, pid, comm, isProgram: false });
    });
  }

  /** The number of a file, introduced when it is new. */
  file(file: File): number {
    return this.#files.of(file, (number) => {
      this.onFile?.(file, number);
      this.write('file', { file: number, label: file.inode.label });
    });
  }
}
