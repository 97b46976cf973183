// Operations that have gone to sleep and continue in later ones.
import type { Task } from '../../src/kernel/task.js';
import { type Json, TraceError } from './trace.js';

interface SleepingTask {
  readonly name: string;
  /** Who sleeps in the core. */
  readonly task?: Task;
  /** What an operation that is held does when it is resumed. */
  readonly resume?: () => Json;
}

export class TaskList {
  #asleep: SleepingTask[] = [];
  readonly #record: (call: Json[]) => void;

  constructor(record: (call: Json[]) => void) {
    this.#record = record;
  }

  /** The names of the tasks asleep, oldest first. */
  get names(): string[] {
    return this.#asleep.map(({ name }) => name);
  }

  /** The task of a name; undefined when it is held, which no signal ends. @throws TraceError */
  task(name: string): Task | undefined {
    return this.#find(name).task;
  }

  /** A call of the core sleeps; its result is to come. */
  park(task: Task, result: Promise<Json>): void {
    const sleeping = { name: task.comm, task };
    this.#asleep.push(sleeping);
    // A task that dies is as good as one that ends with what it died of.
    void result.then(
      (value) => this.#done(sleeping, value),
      (error: unknown) => this.#done(sleeping, String(error)),
    );
  }

  /** An operation stops in its middle until it is resumed. */
  hold(name: string, resume: () => Json): void {
    this.#asleep.push({ name, resume });
  }

  /** Lets an operation that is held do the rest of its work. To any other it means nothing. */
  resume(name: string): void {
    const held = this.#find(name);
    if (held.resume !== undefined) this.#done(held, held.resume());
  }

  #done(sleeping: SleepingTask, result: Json): void {
    this.#asleep = this.#asleep.filter((other) => other !== sleeping);
    this.#record([sleeping.name, 'done', result]);
  }

  #find(name: string): SleepingTask {
    const found = this.#asleep.find((task) => task.name === name);
    if (found === undefined) throw new TraceError(`no task named ${name} is asleep`);
    return found;
  }
}
