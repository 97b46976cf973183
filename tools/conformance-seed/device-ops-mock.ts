// Device callbacks that record what the core asks of them and answer as the trace says.
import type { FilePosition, MemoryArea } from '../../src/kernel/file.js';
import type { Task } from '../../src/kernel/task.js';
import { Errno } from '../../src/uapi/errno.js';
import type { VfioDeviceOps } from '../../src/vfio/index.js';
import type { OperationArguments } from './operation-arguments.js';
import type { Json } from './trace.js';
import { consume, fill, textAt } from './transfer.js';

export type DeviceData = string | null;

/** The callbacks of a set, by their names in the format. */
type Callbacks = Omit<Required<VfioDeviceOps<DeviceData>>, 'name' | 'memory'>;

/** A set of device callbacks; which ones it has is fixed when it is made. */
export class DeviceOpsMock {
  readonly ops: VfioDeviceOps<DeviceData>;
  readonly #name: string;
  readonly #record: (call: Json[]) => void;
  readonly #close: (file: string) => void;
  #answers: OperationArguments;

  /** @param close closes the descriptor of a name, if it is open */
  constructor(
    answers: OperationArguments,
    record: (call: Json[]) => void,
    close: (file: string) => void,
  ) {
    this.#name = answers.text('ops');
    this.#answers = answers;
    this.#record = record;
    this.#close = close;
    const has = new Set(answers.texts('has'));
    const present = Object.entries(this.#callbacks()).filter(([name]) => has.has(name));
    this.ops = { name: this.#name, ...Object.fromEntries(present) };
  }

  /** Answers differently from now on. */
  redefine(answers: OperationArguments): void {
    this.#answers = answers;
  }

  #callbacks(): Callbacks {
    const answer = (name: string): number => this.#answers.integer(name, 0);
    const record = (callback: string, ...rest: Json[]): void =>
      this.#record([this.#name, callback, ...rest]);
    return {
      open(data) {
        record('open', data);
        return answer('open');
      },
      release: (data) => record('release', data),
      read(data, task: Task, address: number, count: number, position: FilePosition) {
        record('read', data, count, position.offset);
        return fill(task, address, count, position, answer('read'));
      },
      write(data, task: Task, address: number, count: number, position: FilePosition) {
        record('write', data, textAt(task, address, count), position.offset);
        return consume(count, position, answer('write'));
      },
      ioctl: (data, _task, command, argument) => {
        record('ioctl', data, command, argument);
        return this.#answers.answers('ioctl').get(String(command)) ?? -Errno.ENOTTY;
      },
      mmap(data, _task, area: MemoryArea) {
        record('mmap', data, area.pageOffset, area.length);
        return answer('mmap');
      },
      request: (data, count) => {
        record('request', data, count);
        const reaction = this.#answers.optional('request');
        if (reaction?.integer('at') === count) this.#close(reaction.text('close'));
      },
    };
  }
}
