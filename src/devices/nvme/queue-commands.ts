/** Admin commands that create and delete I/O queues (NVM Express 1.4 §5.3 to §5.6). */
import type { Command } from './command.js';
import type { ControllerLimits } from './controller-limits.js';
import { type InterruptLines, VECTORS } from './interrupt-lines.js';
import { CompletionQueue, type QueueOptions, type Queues, SubmissionQueue } from './queues.js';
import { configuration } from './registers.js';
import { CommandError, Status } from './status.js';

const PHYSICALLY_CONTIGUOUS = 1;
const INTERRUPTS_ENABLED = 2;
/** log2 of the bytes of entries. */
const SUBMISSION_ENTRY_BITS = 6;
const COMPLETION_ENTRY_BITS = 4;

/** What the commands work on. */
export interface QueueParts {
  readonly queues: Queues;
  readonly lines: InterruptLines;
  readonly limits: ControllerLimits;
  /** The configuration register. */
  readonly configuration: () => number;
  /** A queue is there: its doorbell begins at 0. Even numbers are tails, odd ones heads. */
  readonly startDoorbell: (index: number) => void;
}

export class QueueCommands {
  readonly #parts: QueueParts;

  constructor(parts: QueueParts) {
    this.#parts = parts;
  }

  /** @throws CommandError */
  createCompletion(command: Command): void {
    const { queues, lines, limits, startDoorbell } = this.#parts;
    const cc = this.#parts.configuration();
    const flags = command.dword(11);
    const vector = flags >>> 16;
    checkQueue(command, queues.completion, limits);
    if (configuration.completionEntryBits(cc) !== COMPLETION_ENTRY_BITS) {
      throw new CommandError(Status.invalidQueueSize);
    }
    if (vector >= VECTORS || (vector > 0 && !lines.hasMessages)) {
      throw new CommandError(Status.invalidInterruptVector);
    }
    checkAddress(command, cc);
    const queue = new CompletionQueue({
      ...newQueue(command),
      vector: (flags & INTERRUPTS_ENABLED) !== 0 ? vector : undefined,
    });
    queues.completion[queue.id] = queue;
    startDoorbell(2 * queue.id + 1);
  }

  /** @throws CommandError */
  createSubmission(command: Command): void {
    const { queues, limits, startDoorbell } = this.#parts;
    const cc = this.#parts.configuration();
    const completionId = command.dword(11) >>> 16;
    const completions = completionId === 0 ? undefined : queues.completion[completionId];
    checkQueue(command, queues.submission, limits);
    if (completionId === 0 || completionId > limits.queues) {
      throw new CommandError(Status.invalidQueueIdentifier);
    }
    if (completions === undefined) throw new CommandError(Status.completionQueueInvalid);
    if (configuration.submissionEntryBits(cc) !== SUBMISSION_ENTRY_BITS) {
      throw new CommandError(Status.invalidQueueSize);
    }
    checkAddress(command, cc);
    const queue = new SubmissionQueue({ ...newQueue(command), completions });
    queues.submission[queue.id] = queue;
    startDoorbell(2 * queue.id);
  }

  /** Commands in it that were not taken yet are not executed any more. @throws CommandError */
  deleteSubmission(command: Command): void {
    const { submission } = this.#parts.queues;
    const queue = ioQueue(command, submission);
    queue.completions.users -= 1;
    submission[queue.id] = undefined;
  }

  /** @throws CommandError */
  deleteCompletion(command: Command): void {
    const { queues, lines } = this.#parts;
    const queue = ioQueue(command, queues.completion);
    if (queue.users > 0) throw new CommandError(Status.invalidQueueDeletion);
    queues.completion[queue.id] = undefined;
    lines.update();
  }
}

/** The queue that is to be deleted: never those of admin commands. @throws CommandError */
function ioQueue<Q>(command: Command, queues: readonly (Q | undefined)[]): Q {
  const id = command.dword(10) & 0xffff;
  const queue = id === 0 ? undefined : queues[id];
  if (queue === undefined) throw new CommandError(Status.invalidQueueIdentifier);
  return queue;
}

/** That there can be such a queue. @throws CommandError */
function checkQueue(
  command: Command,
  existing: readonly (object | undefined)[],
  limits: ControllerLimits,
): void {
  const { id, size } = newQueue(command);
  if (id === 0 || id > limits.queues || existing[id] !== undefined) {
    throw new CommandError(Status.invalidQueueIdentifier);
  }
  if (size < 2 || size > limits.queueEntries) throw new CommandError(Status.invalidQueueSize);
}

/** What both kinds of queues are created from. */
function newQueue(command: Command): QueueOptions {
  const dword10 = command.dword(10);
  return { id: dword10 & 0xffff, size: (dword10 >>> 16) + 1, address: command.prp1 };
}

/** CAP.CQR: queues are contiguous, and begin with a page. */
function checkAddress(command: Command, cc: number): void {
  if ((command.dword(11) & PHYSICALLY_CONTIGUOUS) === 0) {
    throw new CommandError(Status.invalidField);
  }
  if (BigInt.asUintN(configuration.pageBits(cc), command.prp1) !== 0n) {
    throw new CommandError(Status.invalidPrpOffset);
  }
}
