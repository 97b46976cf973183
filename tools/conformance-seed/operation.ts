// What performs the operations of a trace.
import type { Task } from '../../src/kernel/task.js';
import type { TraceMachine } from './machine.js';
import type { OperationArguments } from './operation-arguments.js';
import type { TaskList } from './task-list.js';
import type { Json } from './trace.js';

/** What an operation has to work with. */
export interface Stage {
  readonly machine: TraceMachine;
  readonly tasks: TaskList;
}

/** What an operation answers. */
export interface Answer {
  /** A promise when it may have gone to sleep. */
  readonly ret: Json | Promise<Json>;
  /** What it put into user memory. */
  readonly out?: Json;
  /** Who sleeps. */
  readonly task?: Task;
}

/**
 * Performs an operation. Operations without result answer nothing, which is 0.
 * @throws KernelError for a negative result
 */
export type Operation = (stage: Stage, args: OperationArguments) => Answer | undefined;

/** Operations by their names in the format. */
export type Operations = Readonly<Record<string, Operation>>;
