/** Admin commands (NVM Express 1.4 §5): who executes which. */
import type { AsyncEvents } from './async-events.js';
import { Admin, type Command, PSDT } from './command.js';
import type { DataTransfer } from './data-transfer.js';
import { FeatureCommands, type FeatureParts } from './feature-commands.js';
import type { Firmware } from './firmware.js';
import { getLogPage } from './get-log-page.js';
import { identify } from './identify.js';
import { type ControllerIdentity, MAXIMUM_TRANSFER } from './identify-controller.js';
import { NamespaceCommands, type NamespaceParts } from './namespace-commands.js';
import type { QueueCommands } from './queue-commands.js';
import type { SubmissionQueue } from './queues.js';
import { CommandError, Status } from './status.js';

/** What commands work on. */
export interface AdminParts extends FeatureParts, NamespaceParts {
  readonly identity: ControllerIdentity;
  readonly firmware: Firmware;
  readonly queueCommands: QueueCommands;
}

/** @returns the command-specific result; undefined: it completes later @throws CommandError */
type Handler = (command: Command, queue: SubmissionQueue) => number | undefined;

export class AdminCommands {
  readonly #events: AsyncEvents;
  readonly #transfer: DataTransfer;
  readonly #firmware: Firmware;
  readonly #handlers: ReadonlyMap<number, Handler>;

  constructor(parts: AdminParts) {
    this.#events = parts.events;
    this.#transfer = parts.transfer;
    this.#firmware = parts.firmware;
    this.#handlers = this.#table(parts);
  }

  /**
   * @returns the command-specific result; undefined: it completes later
   * @throws CommandError
   */
  execute(command: Command, queue: SubmissionQueue): number | undefined {
    const handler = this.#handlers.get(command.opcode);
    if (handler === undefined) throw new CommandError(Status.invalidOpcode);
    // On PCI Express, data of admin commands is in PRPs (§4.4).
    if ((command.flags & PSDT) !== 0) throw new CommandError(Status.invalidField);
    return handler(command, queue);
  }

  #table(parts: AdminParts): ReadonlyMap<number, Handler> {
    const { queueCommands, transfer } = parts;
    const features = new FeatureCommands(parts);
    const namespaces = new NamespaceCommands(parts);
    /** One without a result. */
    const plain =
      (execute: (command: Command) => void): Handler =>
      (command) => {
        execute(command);
        return 0;
      };
    return new Map<number, Handler>([
      [Admin.createSubmissionQueue, plain((command) => queueCommands.createSubmission(command))],
      [Admin.createCompletionQueue, plain((command) => queueCommands.createCompletion(command))],
      [Admin.deleteSubmissionQueue, plain((command) => queueCommands.deleteSubmission(command))],
      [Admin.deleteCompletionQueue, plain((command) => queueCommands.deleteCompletion(command))],
      [Admin.identify, plain((command) => transfer.toHost(command, identify(command, parts)))],
      [Admin.getLogPage, plain((command) => getLogPage(command, parts))],
      [Admin.setFeatures, (command) => features.set(command)],
      [Admin.getFeatures, (command) => features.get(command)],
      [Admin.abort, (command) => this.#abort(command)],
      [Admin.asyncEventRequest, (command, queue) => this.#waitForEvent(command, queue)],
      [Admin.formatNvm, plain((command) => namespaces.format(command))],
      [Admin.namespaceManagement, (command) => namespaces.manage(command)],
      [Admin.namespaceAttachment, plain((command) => namespaces.attach(command))],
      [Admin.firmwareImageDownload, plain((command) => this.#downloadFirmware(command))],
      [Admin.firmwareCommit, plain((command) => this.#commitFirmware(command))],
    ]);
  }

  #waitForEvent(command: Command, queue: SubmissionQueue): undefined {
    this.#events.request({ queue, commandId: command.id });
  }

  /** Only requests for events wait long enough to be aborted. Bit 0 of the result: it was not. */
  #abort(command: Command): number {
    const found = this.#events.abort(command.dword(10) & 0xffff, command.dword(10) >>> 16);
    if (found === undefined) return 1;
    found.queue.completions.add({ ...found, status: Status.abortRequested, result: 0 });
    return 0;
  }

  #downloadFirmware(command: Command): void {
    const length = 4 * (command.dword(10) + 1);
    if (length > MAXIMUM_TRANSFER) throw new CommandError(Status.invalidField);
    const bytes = new Uint8Array(length);
    this.#transfer.fromHost(command, bytes);
    this.#firmware.download(4 * command.dword(11), bytes);
  }

  #commitFirmware(command: Command): void {
    const dword10 = command.dword(10);
    this.#firmware.commit((dword10 >> 3) & 7, dword10 & 7);
  }
}
