// IOMMU drivers that record what the core asks of them and answer as the trace says.
import type { IommuGroup } from '../../src/iommu/iommu-group.js';
import { kernelErrorOf } from '../../src/kernel/error.js';
import type { FilePosition, MemoryArea } from '../../src/kernel/file.js';
import type { Module } from '../../src/kernel/module.js';
import type { Task } from '../../src/kernel/task.js';
import { Errno } from '../../src/uapi/errno.js';
import { VFIO_CHECK_EXTENSION } from '../../src/uapi/vfio.js';
import type { VfioIommuDriver } from '../../src/vfio/index.js';
import type { OperationArguments } from './operation-arguments.js';
import type { Json } from './trace.js';
import { consume, fill, textAt } from './transfer.js';

/** What `open` returns: a name, or the null value. */
export type IommuData = string | null;

export class IommuDriverMock implements VfioIommuDriver<IommuData> {
  readonly name: string;
  readonly owner?: Module;
  readonly read?: NonNullable<VfioIommuDriver<IommuData>['read']>;
  readonly write?: NonNullable<VfioIommuDriver<IommuData>['write']>;
  readonly mmap?: NonNullable<VfioIommuDriver<IommuData>['mmap']>;
  readonly #record: (call: Json[]) => void;
  readonly #nameOf: (group: IommuGroup) => string;
  #answers: OperationArguments;
  #opens = 0;

  constructor(
    answers: OperationArguments,
    owner: Module | undefined,
    record: (call: Json[]) => void,
    nameOf: (group: IommuGroup) => string,
  ) {
    this.name = answers.text('driver');
    this.#answers = answers;
    this.#record = record;
    this.#nameOf = nameOf;
    if (owner !== undefined) this.owner = owner;
    const has = new Set(answers.texts('has'));
    if (has.has('read')) this.read = this.#read;
    if (has.has('write')) this.write = this.#write;
    if (has.has('mmap')) this.mmap = this.#mmap;
  }

  /** Answers differently from now on. Which callbacks exist does not change. */
  redefine(answers: OperationArguments): void {
    this.#answers = answers;
  }

  open(argument: number): IommuData {
    this.#record([this.name, 'open', argument]);
    const answer = this.#answers.value('open');
    if (answer === null) return null;
    if (answer !== undefined && answer !== 0) throw kernelErrorOf(Number(answer));
    this.#opens += 1;
    return `${this.name}#${this.#opens}`;
  }

  release(data: IommuData): void {
    this.#record([this.name, 'release', data]);
  }

  ioctl(data: IommuData | undefined, _task: Task, command: number, argument: number): number {
    this.#record([this.name, 'ioctl', data ?? null, command, argument]);
    if (command === VFIO_CHECK_EXTENSION) {
      return this.#answers.answers('ext').get(String(argument)) ?? 0;
    }
    return this.#answers.answers('ioctl').get(String(command)) ?? -Errno.ENOTTY;
  }

  attachGroup(data: IommuData, group: IommuGroup): number {
    const name = this.#nameOf(group);
    this.#record([this.name, 'attach', data, name]);
    return this.#answers.answers('attach').get(name) ?? 0;
  }

  detachGroup(data: IommuData, group: IommuGroup): void {
    this.#record([this.name, 'detach', data, this.#nameOf(group)]);
  }

  readonly #read = (
    data: IommuData,
    task: Task,
    address: number,
    count: number,
    position: FilePosition,
  ): number => {
    this.#record([this.name, 'read', data, count, position.offset]);
    return fill(task, address, count, position, this.#answers.integer('read', 0));
  };

  readonly #write = (
    data: IommuData,
    task: Task,
    address: number,
    count: number,
    position: FilePosition,
  ): number => {
    this.#record([this.name, 'write', data, textAt(task, address, count), position.offset]);
    return consume(count, position, this.#answers.integer('write', 0));
  };

  readonly #mmap = (data: IommuData, _task: Task, area: MemoryArea): number => {
    this.#record([this.name, 'mmap', data, area.pageOffset, area.length]);
    return this.#answers.integer('mmap', 0);
  };
}
