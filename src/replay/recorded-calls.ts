/** Makes the system calls of a recording. */
import { KernelError } from '../kernel/error.js';
import type { File, SyscallResult } from '../kernel/file.js';
import type { Kernel } from '../kernel/kernel.js';
import { KernelBug } from '../kernel/log.js';
import { SystemCalls } from '../kernel/system-calls.js';
import type { Task } from '../kernel/task.js';
import type { Recorded } from '../recording/index.js';
import type { ReplayedTasks } from './replayed-tasks.js';

export class RecordedCalls {
  readonly #calls: SystemCalls;
  readonly #tasks: ReplayedTasks;
  readonly #files: Map<number, File>;

  constructor(kernel: Kernel, tasks: ReplayedTasks, files: Map<number, File>) {
    this.#calls = new SystemCalls(kernel);
    this.#tasks = tasks;
    this.#files = files;
  }

  /** Makes the call that a record is about. Whether it is about one. */
  act(record: Recorded): boolean {
    try {
      return this.#act(record);
    } catch (error) {
      // The machine has ended, and has said so.
      if (error instanceof KernelBug) return true;
      throw error;
    }
  }

  #act(record: Recorded): boolean {
    const task = 'task' in record ? this.#tasks.at(record.task) : undefined;
    const number = 'file' in record ? Number(record.file) : 0;
    const file = this.#files.get(number);
    if (record.kind === 'close' && file !== undefined) {
      this.#files.delete(number);
      this.#calls.close(file);
      return true;
    }
    if (record.kind === 'lseek' && file !== undefined) {
      this.#calls.seek(file, record.offset, record.whence);
      return true;
    }
    return task !== undefined && (this.#onPath(record, task) || this.#onFile(record, task, file));
  }

  #onPath(record: Recorded, task: Task): boolean {
    switch (record.kind) {
      case 'open':
        this.#open(task, record.path, record.flags | 0);
        return true;
      case 'chmod':
        this.#calls.chmod(task, record.path, record.mode);
        return true;
      case 'chown': {
        const { path, uid, gid, followsLast } = record;
        this.#calls.chown(task, path, { uid, gid }, followsLast);
        return true;
      }
      default:
        return false;
    }
  }

  #onFile(record: Recorded, task: Task, file: File | undefined): boolean {
    if (file === undefined) return false;
    switch (record.kind) {
      case 'read':
      case 'write': {
        const { address, count, offset } = record;
        const at = offset === -1 ? undefined : offset;
        ignore(this.#calls[record.kind](task, file, address, count, at));
        return true;
      }
      case 'ioctl': {
        const { command, argument, isCompat } = record;
        const ioctl = isCompat ? 'compatIoctl' : 'ioctl';
        ignore(this.#calls[ioctl](task, file, command, argument));
        return true;
      }
      case 'mmap': {
        const { length, protection, isShared, offset } = record;
        this.#calls.mmap(task, file, { length, protection, isShared, offset });
        return true;
      }
      default:
        return false;
    }
  }

  /** The file becomes known by the number that it is recorded with. */
  #open(task: Task, path: string, flags: number): void {
    try {
      this.#calls.openFile(task, path, flags);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
    }
  }
}

/** Results are compared where they are recorded. */
function ignore(result: SyscallResult): void {
  if (typeof result !== 'number') void result.catch(() => undefined);
}
