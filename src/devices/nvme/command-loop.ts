/**
 * Takes commands from submission queues, executes them and posts their completions, a slice at a time:
 * what else the machine has to do is never kept waiting for long.
 */
import type { Dma } from '../../pci/dma.js';
import type { Timers } from '../../kernel/timers.js';
import { Command, COMMAND_SIZE } from './command.js';
import type { CompletionQueue, Queues, SubmissionQueue } from './queues.js';
import { CommandError, Status } from './status.js';

/** Commands read from a queue at a time. */
const BATCH = 32;
/** A slice ends after this many commands, bytes moved, or milliseconds. */
const SLICE_COMMANDS = 128;
const SLICE_BYTES = 1024 * 1024;
const SLICE_MS = 0.3;

/**
 * A command was executed: its result; or it waits for something to happen; or it may complete only after
 * `settle`, or after `sendAll`.
 */
export type Outcome = number | 'waits' | 'unsettled' | 'unsent';

/** What the loop asks of the controller. */
export interface CommandExecutor {
  /** These commands come next, if nothing comes between: what can be done for all of them together is done. */
  prepare(commands: readonly Command[], queue: SubmissionQueue): void;
  /** @throws CommandError */
  execute(command: Command, queue: SubmissionQueue): Outcome;
  /** Makes what was written last. @throws CommandError */
  settle(): void;
  /** Sends what was read. @returns for each unsent command, in their order, whether its data has arrived */
  sendAll(): readonly boolean[];
  /** A command failed. */
  failed(command: Command, queue: SubmissionQueue, status: number): void;
  /** Completions were put into a queue. */
  posted(queue: CompletionQueue, entries: number): void;
  /** Memory of a queue can't be reached: the controller can't go on. */
  fatal(): void;
  /** Commands were executed for so long. */
  worked(ms: number): void;
  /** Bytes moved so far. */
  readonly bytesMoved: number;
  /** Commands that are taken from a queue before it is another's turn. */
  readonly burst: number;
}

interface Executed {
  readonly command: Command;
  readonly queue: SubmissionQueue;
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
  readonly #unsettled: Executed[] = [];
  /** Executed, and waiting for their data to be sent. */
  readonly #unsent: Executed[] = [];
  /** Which queue's turn comes next. */
  #turn = 0;
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

  /** Runs a slice, in turns of the queues (round robin, §4.13.1). True: there is more to do. */
  run(): boolean {
    const startMs = this.#timers.nowMs;
    this.#commandsLeft = SLICE_COMMANDS;
    this.#bytesEnd = this.#executor.bytesMoved + SLICE_BYTES;
    this.#deadlineMs = startMs + SLICE_MS;
    this.#isRunning = true;
    let hasWorked = false;
    let idle = 0;
    while (idle < this.#queues.submission.length && this.#isRunning && !this.#isSliceOver) {
      const isBusy = this.#serve(this.#nextQueue());
      idle = isBusy ? 0 : idle + 1;
      hasWorked ||= isBusy;
    }
    if (hasWorked) this.#executor.worked(this.#timers.nowMs - startMs);
    return idle < this.#queues.submission.length && this.#isRunning;
  }

  /** Ends the slice: what queues there were are gone. */
  stop(): void {
    this.#isRunning = false;
  }

  /** Posts what waits in a completion queue. */
  post(queue: CompletionQueue): void {
    const posted = queue.post(this.#dma);
    if (posted > 0) this.#executor.posted(queue, posted);
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

  /** The queue whose turn it is, wherever the last slice ended. */
  #nextQueue(): SubmissionQueue | undefined {
    const { submission } = this.#queues;
    if (this.#turn >= submission.length) this.#turn = 0;
    return submission[this.#turn++];
  }

  /** Executes a batch of one queue. Whether there was any. */
  #serve(queue: SubmissionQueue | undefined): boolean {
    if (queue === undefined || queue.pending === 0) return false;
    const { completions } = queue;
    const wanted = Math.min(queue.pending, completions.room, BATCH, this.#executor.burst);
    if (wanted === 0) return false;
    const count = queue.fetch(this.#dma, wanted, this.#entries);
    if (count === 0) {
      this.#isRunning = false;
      this.#executor.fatal();
      return false;
    }
    const commands = this.#commands.slice(0, count);
    this.#executor.prepare(commands, queue);
    for (const [index, command] of commands.entries()) {
      if (!this.#isRunning) break;
      if (index > 0 && this.#isSliceOver) break;
      // A command of the batch may have deleted the queue.
      if (this.#queues.submission[queue.id] !== queue) break;
      queue.take();
      this.#execute(command, queue);
    }
    this.#sendAll();
    this.#settle();
    this.post(completions);
    return true;
  }

  #execute(command: Command, queue: SubmissionQueue): void {
    this.#commandsLeft -= 1;
    let outcome: Outcome;
    try {
      outcome = this.#executor.execute(command, queue);
    } catch (error) {
      this.#fail({ command, queue }, error);
      return;
    }
    if (outcome === 'unsettled') this.#unsettled.push({ command, queue });
    else if (outcome === 'unsent') this.#unsent.push({ command, queue });
    else if (outcome !== 'waits') complete({ command, queue }, { status: 0, result: outcome });
  }

  /** Reads complete together: what they found is sent at once for all of a batch. */
  #sendAll(): void {
    if (this.#unsent.length === 0) return;
    const hasArrived = this.#executor.sendAll();
    for (const [index, executed] of this.#unsent.entries()) {
      if (hasArrived[index] === true) complete(executed, { status: 0, result: 0 });
      else this.#fail(executed, new CommandError(Status.dataTransferError));
    }
    this.#unsent.length = 0;
  }

  /** Writes that have to last complete together: the disk is flushed once for all of a batch. */
  #settle(): void {
    if (this.#unsettled.length === 0) return;
    let failure: unknown;
    try {
      this.#executor.settle();
    } catch (error) {
      failure = error;
    }
    for (const executed of this.#unsettled) {
      if (failure === undefined) complete(executed, { status: 0, result: 0 });
      else this.#fail(executed, failure);
    }
    this.#unsettled.length = 0;
  }

  #fail(executed: Executed, error: unknown): void {
    if (!(error instanceof CommandError)) throw error;
    const { status } = error;
    this.#executor.failed(executed.command, executed.queue, status);
    complete(executed, { status, result: 0 });
  }
}

function complete({ command, queue }: Executed, how: { status: number; result: number }): void {
  queue.completions.add({ queue, commandId: command.id, ...how });
}
