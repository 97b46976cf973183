/** Admin commands (NVM Express 1.4 §5) but for those of queues. */
import { type AsyncEvents, EventType } from './async-events.js';
import { Admin, BROADCAST_NSID, type Command } from './command.js';
import type { DataTransfer } from './data-transfer.js';
import { Feature, type Features } from './features.js';
import { type ControllerIdentity, identify } from './identify.js';
import { VECTORS } from './interrupt-lines.js';
import { LogPage, type Logs, TEMPERATURE } from './logs.js';
import { BLOCK_BITS, type Namespace } from './namespace.js';
import type { QueueCommands } from './queue-commands.js';
import type { Completion, Queues, SubmissionQueue } from './queues.js';
import { CommandError, Status } from './status.js';

/** What commands work on. */
export interface AdminParts {
  readonly identity: ControllerIdentity;
  readonly namespace: Namespace;
  readonly transfer: DataTransfer;
  readonly features: Features;
  readonly logs: Logs;
  readonly events: AsyncEvents;
  readonly queues: Queues;
  readonly queueCommands: QueueCommands;
  /** Completes a command that waited. */
  readonly complete: (completion: Completion) => void;
  /** The configuration register. */
  readonly configuration: () => number;
  /** A queue is there: its doorbell begins at 0. Even numbers are tails, odd ones heads. */
  readonly startDoorbell: (index: number) => void;
}

/** Get Features: which value. */
const SELECT_CURRENT = 0;
const SELECT_CAPABILITIES = 3;
/** Set Features: keep it over resets. */
const SAVE = 0x8000_0000;
/** Get Log Page: what was told stays told. */
const RETAIN_EVENT = 0x8000;

export class AdminCommands {
  readonly #parts: AdminParts;

  constructor(parts: AdminParts) {
    this.#parts = parts;
  }

  /**
   * @returns the command-specific result; undefined: it completes later
   * @throws CommandError
   */
  execute(command: Command, queue: SubmissionQueue): number | undefined {
    const { queueCommands, configuration, startDoorbell } = this.#parts;
    const { transfer, namespace, identity } = this.#parts;
    switch (command.opcode) {
      case Admin.createSubmissionQueue:
        queueCommands.createSubmissionQueue(command, configuration());
        startDoorbell(2 * (command.dword(10) & 0xffff));
        return 0;
      case Admin.createCompletionQueue:
        queueCommands.createCompletionQueue(command, configuration());
        startDoorbell(2 * (command.dword(10) & 0xffff) + 1);
        return 0;
      case Admin.deleteSubmissionQueue:
        queueCommands.deleteSubmissionQueue(command);
        return 0;
      case Admin.deleteCompletionQueue:
        queueCommands.deleteCompletionQueue(command);
        return 0;
      case Admin.identify:
        transfer.toHost(command, identify(command, namespace, identity));
        return 0;
      case Admin.getLogPage:
        return this.#getLogPage(command);
      case Admin.setFeatures:
        return this.#setFeatures(command);
      case Admin.getFeatures:
        return this.#getFeatures(command);
      case Admin.abort:
        return this.#abort(command);
      case Admin.formatNvm:
        return this.#format(command);
      case Admin.asyncEventRequest:
        this.#parts.events.request({ queue, commandId: command.id });
        return undefined;
      default:
        throw new CommandError(Status.invalidOpcode);
    }
  }

  #getLogPage(command: Command): number {
    const { logs, events, transfer, namespace } = this.#parts;
    const id = command.dword(10) & 0xff;
    const count = ((command.dword(11) & 0xffff) * 2 ** 16 + (command.dword(10) >>> 16) + 1) * 4;
    const offset = command.dword(13) * 2 ** 32 + command.dword(12);
    const { nsid } = command;
    const isWhole = nsid === 0 || nsid === BROADCAST_NSID;
    if (id === LogPage.health && !isWhole) {
      throw new CommandError(nsid === namespace.id ? Status.invalidField : Status.invalidNamespace);
    }
    const page = logs.page(id, this.#isHot);
    if (offset % 4 !== 0 || offset > page.length) throw new CommandError(Status.invalidField);
    transfer.toHost(command, page.subarray(offset, offset + count));
    if ((command.dword(10) & RETAIN_EVENT) === 0) {
      if (id === LogPage.error) events.acknowledge(EventType.error);
      if (id === LogPage.health) events.acknowledge(EventType.health);
    }
    return 0;
  }

  #getFeatures(command: Command): number {
    const { features, transfer, namespace } = this.#parts;
    const id = command.dword(10) & 0xff;
    const select = (command.dword(10) >> 8) & 7;
    if (select > SELECT_CAPABILITIES) throw new CommandError(Status.invalidField);
    const current = features.get(id);
    if (features.isNamespaceSpecific(id) && command.nsid !== namespace.id) {
      throw new CommandError(Status.invalidNamespace);
    }
    if (select === SELECT_CAPABILITIES) return features.capabilities(id);
    if (id === Feature.timestamp) {
      transfer.toHost(command, features.timestamp());
      return 0;
    }
    const vector = command.dword(11) & 0xffff;
    if (id === Feature.interruptVectorConfiguration) {
      if (vector >= VECTORS) throw new CommandError(Status.invalidField);
      return vector;
    }
    if (id === Feature.temperatureThreshold && isOtherThreshold(command.dword(11))) return 0;
    return select === SELECT_CURRENT ? current : features.initial(id);
  }

  #setFeatures(command: Command): number {
    const { features, transfer, namespace, queues } = this.#parts;
    const id = command.dword(10) & 0xff;
    const value = command.dword(11);
    if ((command.dword(10) & SAVE) !== 0) throw new CommandError(Status.featureNotSaveable);
    const initial = features.initial(id);
    this.#checkFeatureNamespace(id, command.nsid, namespace);
    switch (id) {
      case Feature.powerManagement:
        if ((value & 0x1f) !== 0) throw new CommandError(Status.invalidField);
        return 0;
      case Feature.numberOfQueues:
        if ((value & 0xffff) === 0xffff || value >>> 16 === 0xffff) {
          throw new CommandError(Status.invalidField);
        }
        if (queues.hasIoQueues) throw new CommandError(Status.commandSequenceError);
        return initial;
      case Feature.timestamp: {
        const bytes = new Uint8Array(8);
        transfer.fromHost(command, bytes);
        features.setTimestamp(new DataView(bytes.buffer));
        return 0;
      }
      case Feature.interruptVectorConfiguration:
        if ((value & 0xffff) >= VECTORS) throw new CommandError(Status.invalidField);
        return 0;
      case Feature.temperatureThreshold:
        if (!isOtherThreshold(value)) features.set(id, value & 0xffff);
        this.#checkTemperature();
        return 0;
      case Feature.volatileWriteCache:
        if ((value & 1) === 0) namespace.flush();
        features.set(id, value & 1);
        return 0;
      default:
        features.set(id, value);
        return 0;
    }
  }

  /**
   * Features of the controller are taken with a namespace's identifier, too: QEMU's driver sets the write
   * cache so, and drives let it.
   */
  #checkFeatureNamespace(id: number, nsid: number, namespace: Namespace): void {
    const isSpecific = this.#parts.features.isNamespaceSpecific(id);
    const isAllowed =
      nsid === namespace.id || nsid === BROADCAST_NSID || (nsid === 0 && !isSpecific);
    if (!isAllowed) throw new CommandError(Status.invalidNamespace);
  }

  get #isHot(): boolean {
    return TEMPERATURE >= this.#parts.features.get(Feature.temperatureThreshold);
  }

  /** Tells of the temperature, if the host wants to hear of it. */
  #checkTemperature(): void {
    const { features, events } = this.#parts;
    const TEMPERATURE_WARNINGS = 2;
    if (!this.#isHot) return;
    if ((features.get(Feature.asyncEventConfiguration) & TEMPERATURE_WARNINGS) === 0) return;
    events.add(EventType.health, 1, LogPage.health);
  }

  /** Only requests for events wait long enough to be aborted. Bit 0 of the result: it was not. */
  #abort(command: Command): number {
    const { events, complete } = this.#parts;
    const found = events.abort(command.dword(10) & 0xffff, command.dword(10) >>> 16);
    if (found === undefined) return 1;
    complete({ ...found, status: Status.abortRequested, result: 0 });
    return 0;
  }

  #format(command: Command): number {
    const { namespace } = this.#parts;
    const options = command.dword(10);
    const format = options & 0xf;
    const protection = (options >> 5) & 7;
    const erase = (options >> 9) & 7;
    if (command.nsid !== namespace.id && command.nsid !== BROADCAST_NSID) {
      throw new CommandError(Status.invalidNamespace);
    }
    if (format >= BLOCK_BITS.length || protection !== 0) {
      throw new CommandError(Status.invalidFormat);
    }
    if (erase > 1) throw new CommandError(Status.invalidField);
    if (namespace.disk.isReadOnly) throw new CommandError(Status.namespaceWriteProtected);
    namespace.discard(0, namespace.disk.size);
    namespace.format = format;
    return 0;
  }
}

/** There is one sensor, and it can be too hot only. */
function isOtherThreshold(value: number): boolean {
  return ((value >> 16) & 0x3f) !== 0;
}
