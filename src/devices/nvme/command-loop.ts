/**
 * Takes commands from submission queues, executes them and posts their completions, a slice at a time:
 * what else the machine has to do is never kept waiting for long.
 */
import type { Dma } from '../../pci/dma.js';
import type { Timers } from '../../kernel/timers.js';
import { Command, COMMAND_SIZE } from './command.js';
import type { CompletionQueue, Queues, SubmissionQueue } from './queues.js';
import { CommandError } from './status.js';

/** Commands read from a queue at a time. */
const BATCH = 32;
/** A slice ends after this many commands, bytes moved, or milliseconds. */
const SLICE_COMMANDS = 128;
const SLICE_BYTES = 1024 * 1024;
const SLICE_MS = 0.5;

/** What the loop asks of the controller. */
export interface CommandExecutor {
  /** Executes; undefined: it completes later. @throws CommandError */
  execute(command: Command, queue: SubmissionQueue): number | undefined;
  /** Whether a command was executed that may not complete before `settle`. */
  readonly isUnsettled: boolean;
  /** Makes what was written last. @throws CommandError */
  settle(): void;
  /** A command failed. */
  failed(command: Command, queue: SubmissionQueue, status: number): void;
  /** Completions were put into a queue. */
  posted(queue: CompletionQueue): void;
  /** Memory of a queue can't be reached: the controller can't go on. */
  fatal(): void;
  /** Bytes moved so far. */
  readonly bytesMoved: number;
}

export class CommandLoop {
  readonly #dma: Dma;
  readonly #timers: Timers;
  readonly #queues: Queues;
  readonly #executor: CommandExecutor;
  readonly #entries = new Uint8Array(BATCH * COMMAND_SIZE);
  /** Commands of the entries. */
  readonly #commands: readonly Command[];
  /** Executed, and waiting for the disk to be flushed. */
  readonly #unsettled: { readonly command: Command; readonly queue: SubmissionQueue }[] = [];
  #commandsLeft = 0;
  #bytesEnd = 0;
  #deadlineMs = 0;
  #isRunning = false;

  constructor(dma: Dma, timers: Timers, queues: Queues, executor: CommandExecutor) {
    this.#dma = dma;
    this.#timers = timers;
    this.#queues = queues;
    this.#executor = executor;
    this.#commands = Array.from(
      { length: BATCH },
      (_, index) =>
        new Command(new DataView(this.#entries.buffer, index * COMMAND_SIZE, COMMAND_SIZE)),
    );
  }

  /** Runs a slice. True: there is more to do. */
  run(): boolean {
    this.#commandsLeft = SLICE_COMMANDS;
    this.#bytesEnd = this.#executor.bytesMoved + SLICE_BYTES;
    this.#deadlineMs = this.#timers.nowMs + SLICE_MS;
    this.#isRunning = true;
    let hasMore = true;
    while (hasMore && this.#isRunning && !this.#isSliceOver) {
      hasMore = false;
      for (const queue of this.#queues.submission) {
        if (queue === undefined || !this.#serve(queue)) continue;
        hasMore = true;
        if (!this.#isRunning || this.#isSliceOver) break;
      }
    }
    return hasMore && this.#isRunning;
  }

  /** Ends the slice: what queues there were are gone. */
  stop(): void {
    this.#isRunning = false;
  }

  /** Posts what waits in a completion queue. */
  post(queue: CompletionQueue): void {
    const posted = queue.post(this.#dma);
    if (posted > 0) this.#executor.posted(queue);
    if (posted >= 0) return;
    this.#isRunning = false;
    this.#executor.fatal();
  }

  get #isSliceOver(): boolean {
    return (
      this.#commandsLeft <= 0 ||
      this.#executor.bytesMoved >= this.#bytesEnd ||
      this.#timers.nowMs >= this.#deadlineMs
    );
  }

  /** Executes a batch of one queue. Whether there was any. */
  #serve(queue: SubmissionQueue): boolean {
    const { completions } = queue;
    const wanted = Math.min(queue.pending, completions.room, BATCH);
    if (wanted === 0) return false;
    const count = queue.fetch(this.#dma, wanted, this.#entries);
    if (count === 0) {
      this.#isRunning = false;
      this.#executor.fatal();
      return false;
    }
    for (let index = 0; index < count && this.#isRunning; index++) {
      if (index > 0 && this.#isSliceOver) break;
      // A command of the batch may have deleted the queue.
      if (this.#queues.submission[queue.id] !== queue) break;
      const command = this.#commands[index];
      if (command === undefined) break;
      queue.take();
      this.#execute(command, queue);
    }
    this.#settle();
    this.post(completions);
    return true;
  }

  /** Writes that have to last complete together: the disk is flushed once for all of a batch. */
  #settle(): void {
    if (this.#unsettled.length === 0) return;
    const status = this.#statusOf(() => this.#executor.settle());
    for (const { command, queue } of this.#unsettled) {
      if (status !== 0) this.#executor.failed(command, queue, status);
      queue.completions.add({ queue, commandId: command.id, status, result: 0 });
    }
    this.#unsettled.length = 0;
  }

  #statusOf(action: () => void): number {
    try {
      action();
      return 0;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return error.status;
    }
  }

  #execute(command: Command, queue: SubmissionQueue): void {
    this.#commandsLeft -= 1;
    let result: number | undefined = 0;
    const status = this.#statusOf(() => {
      result = this.#executor.execute(command, queue);
    });
    if (status !== 0) this.#executor.failed(command, queue, status);
    if (result === undefined) return;
    if (status === 0 && this.#executor.isUnsettled) this.#unsettled.push({ command, queue });
    else queue.completions.add({ queue, commandId: command.id, status, result });
  }
}
