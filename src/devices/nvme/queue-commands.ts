/** Admin commands that create and delete I/O queues (NVM Express 1.4 §5.3 to §5.6). */
import type { Command } from './command.js';
import { type InterruptLines, VECTORS } from './interrupt-lines.js';
import { CompletionQueue, IO_QUEUES, type Queues, SubmissionQueue } from './queues.js';
import { configuration, MAXIMUM_QUEUE_ENTRIES } from './registers.js';
import { CommandError, Status } from './status.js';

const PHYSICALLY_CONTIGUOUS = 1;
const INTERRUPTS_ENABLED = 2;
/** log2 of the bytes of entries. */
const SUBMISSION_ENTRY_BITS = 6;
const COMPLETION_ENTRY_BITS = 4;

export class QueueCommands {
  readonly #queues: Queues;
  readonly #lines: InterruptLines;

  constructor(queues: Queues, lines: InterruptLines) {
    this.#queues = queues;
    this.#lines = lines;
  }

  createCompletionQueue(command: Command, cc: number): void {
    const flags = command.dword(11);
    const vector = flags >>> 16;
    const isSized = configuration.completionEntryBits(cc) === COMPLETION_ENTRY_BITS;
    const options = newQueue(command, this.#queues.completion, isSized);
    if (vector >= VECTORS || (vector > 0 && !this.#lines.hasMessages)) {
      throw new CommandError(Status.invalidInterruptVector);
    }
    checkAddress(command, cc);
    this.#queues.completion[options.id] = new CompletionQueue({
      ...options,
      vector: (flags & INTERRUPTS_ENABLED) !== 0 ? vector : undefined,
    });
  }

  createSubmissionQueue(command: Command, cc: number): void {
    const completionId = command.dword(11) >>> 16;
    const completions = completionId === 0 ? undefined : this.#queues.completion[completionId];
    if (completions === undefined) throw new CommandError(Status.completionQueueInvalid);
    const isSized = configuration.submissionEntryBits(cc) === SUBMISSION_ENTRY_BITS;
    const options = newQueue(command, this.#queues.submission, isSized);
    checkAddress(command, cc);
    this.#queues.submission[options.id] = new SubmissionQueue({ ...options, completions });
  }

  /** Commands in it that were not taken yet are not executed any more. */
  deleteSubmissionQueue(command: Command): void {
    const id = command.dword(10) & 0xffff;
    const queue = id === 0 ? undefined : this.#queues.submission[id];
    if (queue === undefined) throw new CommandError(Status.invalidQueueIdentifier);
    queue.completions.users -= 1;
    this.#queues.submission[id] = undefined;
  }

  deleteCompletionQueue(command: Command): void {
    const id = command.dword(10) & 0xffff;
    const queue = id === 0 ? undefined : this.#queues.completion[id];
    if (queue === undefined) throw new CommandError(Status.invalidQueueIdentifier);
    if (queue.users > 0) throw new CommandError(Status.invalidQueueDeletion);
    this.#queues.completion[id] = undefined;
    this.#lines.update();
  }
}

/** What both kinds of queues are created from. @throws CommandError */
function newQueue(
  command: Command,
  existing: readonly (object | undefined)[],
  isEntrySizeSet: boolean,
): { readonly id: number; readonly size: number; readonly address: bigint } {
  const id = command.dword(10) & 0xffff;
  const entries = command.dword(10) >>> 16;
  if (id === 0 || id > IO_QUEUES || existing[id] !== undefined) {
    throw new CommandError(Status.invalidQueueIdentifier);
  }
  if (entries === 0 || entries > MAXIMUM_QUEUE_ENTRIES || !isEntrySizeSet) {
    throw new CommandError(Status.invalidQueueSize);
  }
  return { id, size: entries + 1, address: command.prp1 };
}

/** CAP.CQR: queues are contiguous, and begin with a page. */
function checkAddress(command: Command, cc: number): void {
  if ((command.dword(11) & PHYSICALLY_CONTIGUOUS) === 0)
    throw new CommandError(Status.invalidField);
  if (BigInt.asUintN(configuration.pageBits(cc), command.prp1) !== 0n) {
    throw new CommandError(Status.invalidPrpOffset);
  }
}
