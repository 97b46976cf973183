// Performs the operations of one trace, one after the other, and observes each.
import { KernelError } from '../../src/kernel/error.js';
import { KernelBug } from '../../src/kernel/log.js';
import { coreOperations } from './core-operations.js';
import { fileOperations } from './file-operations.js';
import { TraceMachine } from './machine.js';
import { machineOperations } from './machine-operations.js';
import type { Answer, Operations } from './operation.js';
import { OperationArguments } from './operation-arguments.js';
import { stateOf } from './state.js';
import { TaskList } from './task-list.js';
import { type Json, type JsonObject, type Observed, TraceError } from './trace.js';

/** How far a `tick` moves the clock when it does not say. */
const STANDARD_TICK_MS = 10_000;

const operations: Operations = { ...machineOperations, ...coreOperations, ...fileOperations };

export class Player {
  readonly #machine = new TraceMachine();
  readonly #tasks = new TaskList((call) => this.#machine.record(call));

  /**
   * Performs one operation, with all that it wakes.
   * @throws TraceError when it can't be understood
   */
  async perform(operation: JsonObject): Promise<Observed> {
    const answer = await this.#enter(operation);
    if (answer.ret !== 'BUG') await this.#runWhoCan();
    const { calls, log } = this.#machine.takeRecords();
    return {
      ...answer,
      ...(calls.length > 0 ? { calls } : {}),
      ...(log.length > 0 ? { log } : {}),
      ...(answer.end === 'BUG' ? {} : { state: stateOf(this.#machine, this.#tasks.names) }),
    };
  }

  /** The operation's own code, until it ends or sleeps. */
  async #enter(operation: JsonObject): Promise<Observed> {
    const args = new OperationArguments(operation);
    try {
      if (operation['op'] === 'tick') {
        await this.#tick(args.integer('ms', STANDARD_TICK_MS));
        return { ret: 0 };
      }
      const perform = operations[args.text('op')];
      if (perform === undefined) throw new TraceError(`there is no operation ${args.text('op')}`);
      const answer = perform({ machine: this.#machine, tasks: this.#tasks }, args) ?? { ret: 0 };
      const ret = await this.#settle(answer);
      return { ret, ...(answer.out === undefined ? {} : { out: answer.out }) };
    } catch (error) {
      if (error instanceof KernelBug) return { ret: 'BUG', end: 'BUG' };
      if (error instanceof KernelError) return { ret: -error.errno };
      throw error;
    }
  }

  async #settle({ ret, task }: Answer): Promise<Json> {
    if (!(ret instanceof Promise)) return ret;
    let settled: { value: Json } | undefined;
    void ret.then(
      (value) => {
        settled = { value };
      },
      () => undefined,
    );
    await microtasks();
    if (settled !== undefined) return settled.value;
    if (task === undefined) throw new TraceError('an operation sleeps that can not');
    this.#tasks.park(task, ret);
    return 'parked';
  }

  /** Moves the clock; whoever's time is up runs at its time. */
  async #tick(ms: number): Promise<void> {
    const { timers } = this.#machine.kernel;
    const target = timers.nowMs + ms;
    while (timers.fireNext(target)) await this.#runWhoCan();
  }

  /** Lets sleeping tasks run, the oldest first, until none can. */
  async #runWhoCan(): Promise<void> {
    while (this.#machine.kernel.scheduler.runOldest()) await microtasks();
  }
}

/** Until everything that follows from promises already settled has happened. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
