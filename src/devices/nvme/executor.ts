/** Who executes commands: admin and I/O commands, their failures, and what fatal errors do. */
import type { DeviceContext } from '../../pci/device-model.js';
import type { AdminCommands } from './admin-commands.js';
import { type Command, FUSE } from './command.js';
import { commandText, postedText, statusText } from './command-text.js';
import type { CommandExecutor, Outcome } from './command-loop.js';
import type { Features } from './features.js';
import type { InterruptLines } from './interrupt-lines.js';
import type { IoCommands } from './io-commands.js';
import type { Logs } from './logs.js';
import type { CompletionQueue, SubmissionQueue } from './queues.js';
import type { RegisterFile } from './register-file.js';
import { CC, configuration, CSS_ADMIN_ONLY, CSTS, CSTS_CFS } from './registers.js';
import { CommandError, Status } from './status.js';

export interface ExecutorParts {
  readonly admin: AdminCommands;
  readonly io: IoCommands;
  readonly features: Features;
  readonly logs: Logs;
  readonly lines: InterruptLines;
  readonly registers: RegisterFile;
  /** Where to tell what is executed, while somebody listens. */
  readonly context: Pick<DeviceContext, 'activity'>;
}

export class Executor implements CommandExecutor {
  /** Whether power is going: every command is aborted from then on (status 05h). */
  isLosingPower = false;
  readonly #parts: ExecutorParts;

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
  }

  get bytesMoved(): number {
    return this.#parts.io.bytesMoved;
  }

  get burst(): number {
    return this.#parts.features.burst;
  }

  prepare(commands: readonly Command[], queue: SubmissionQueue): void {
    if (queue.id === 0 || this.isLosingPower || this.#isAdminOnly) return;
    this.#parts.io.prepare(commands);
  }

  execute(command: Command, queue: SubmissionQueue): Outcome {
    if (this.isLosingPower) throw new CommandError(Status.powerLoss);
    const { admin, io, context } = this.#parts;
    context.activity?.(commandText(command, queue.id));
    if ((command.flags & FUSE) !== 0) throw new CommandError(Status.invalidField);
    if (queue.id === 0) return admin.execute(command, queue) ?? 'waits';
    if (this.#isAdminOnly) throw new CommandError(Status.invalidOpcode);
    const outcome = io.execute(command);
    return outcome === 'done' ? 0 : outcome;
  }

  sendAll(): readonly boolean[] {
    return this.#parts.io.sendAll();
  }

  settle(): void {
    this.#parts.io.settle();
  }

  failed(command: Command, queue: SubmissionQueue, status: number): void {
    this.#parts.context.activity?.(`the command failed: ${statusText(status)}`);
    this.#parts.logs.addFailure(command, queue.id, status);
  }

  posted(queue: CompletionQueue, entries: number): void {
    this.#parts.context.activity?.(postedText(queue.id, entries));
    this.#parts.lines.posted(queue, entries);
  }

  fatal(): void {
    const { registers } = this.#parts;
    registers.set(CSTS, registers.get(CSTS) | CSTS_CFS);
  }

  worked(ms: number): void {
    this.#parts.logs.health.busyMs += ms;
  }

  /** Whether I/O queues have no command set. */
  get #isAdminOnly(): boolean {
    return configuration.commandSets(this.#parts.registers.get(CC)) === CSS_ADMIN_ONLY;
  }
}
