/**
 * Commands that change what namespaces there are: Namespace Management, Namespace Attachment and Format NVM
 * (NVM Express 1.4 §5.19, §5.20, §5.23, §8.12). There is room for one namespace.
 */
import { type AsyncEvents, EventType, NAMESPACE_CHANGED } from './async-events.js';
import { BROADCAST_NSID, type Command } from './command.js';
import type { DataTransfer } from './data-transfer.js';
import { Feature, type Features } from './features.js';
import { CONTROLLER_ID } from './identify-controller.js';
import { LogPage, type Logs } from './logs.js';
import { BLOCK_BITS, type Namespace } from './namespace.js';
import { CommandError, Status } from './status.js';

/** Bytes of what comes with the commands: a namespace's data, a list of controllers. */
const DATA_SIZE = 4096;
const ManagementSelect = { create: 0, delete: 1 } as const;
const AttachmentSelect = { attach: 0, detach: 1 } as const;
/** Asynchronous event configuration: tell of namespaces. */
const NAMESPACE_NOTICES = 0x100;

/** What the commands work on. */
export interface NamespaceParts {
  readonly namespace: Namespace;
  readonly transfer: DataTransfer;
  readonly features: Features;
  readonly logs: Logs;
  readonly events: AsyncEvents;
}

export class NamespaceCommands {
  readonly #parts: NamespaceParts;

  constructor(parts: NamespaceParts) {
    this.#parts = parts;
  }

  /** @returns the identifier of a namespace that was created @throws CommandError */
  manage(command: Command): number {
    switch (command.dword(10) & 0xf) {
      case ManagementSelect.create:
        return this.#create(command);
      case ManagementSelect.delete:
        this.#delete(command.nsid);
        return 0;
      default:
        throw new CommandError(Status.invalidField);
    }
  }

  /** @throws CommandError */
  attach(command: Command): void {
    const { namespace } = this.#parts;
    const select = command.dword(10) & 0xf;
    if (select > AttachmentSelect.detach) throw new CommandError(Status.invalidField);
    if (command.nsid !== namespace.id) throw new CommandError(Status.invalidNamespace);
    if (!namespace.isAllocated) throw new CommandError(Status.invalidField);
    const isToAttach = select === AttachmentSelect.attach;
    checkControllers(this.#read(command));
    if (namespace.isAttached === isToAttach) {
      throw new CommandError(
        isToAttach ? Status.namespaceAlreadyAttached : Status.namespaceNotAttached,
      );
    }
    namespace.isAttached = isToAttach;
    this.#tellChange();
  }

  /** @throws CommandError */
  format(command: Command): void {
    const { namespace } = this.#parts;
    const options = command.dword(10);
    const format = options & 0xf;
    const protection = (options >> 5) & 7;
    const erase = (options >> 9) & 7;
    namespace.checkActiveOrAll(command.nsid);
    if (format >= BLOCK_BITS.length || protection !== 0) {
      throw new CommandError(Status.invalidFormat);
    }
    // Erasing data is what it does in any case; there is no encryption whose key could be erased.
    if (erase > 1) throw new CommandError(Status.invalidField);
    if (!namespace.isActive) return;
    namespace.checkWritable();
    const isOther = namespace.format !== format;
    namespace.reformat(format);
    if (isOther) this.#tellChange();
  }

  #create(command: Command): number {
    const { namespace } = this.#parts;
    if (command.nsid !== 0) throw new CommandError(Status.invalidField);
    const data = this.#read(command);
    const [size, capacity] = [data.getBigUint64(0, true), data.getBigUint64(8, true)];
    const format = data.getUint8(26);
    const [protection, sharing] = [data.getUint8(29), data.getUint8(30)];
    if ((format & 0xf) >= BLOCK_BITS.length || format >> 4 !== 0 || protection !== 0) {
      throw new CommandError(Status.invalidFormat);
    }
    if (sharing > 1) throw new CommandError(Status.invalidField);
    if (size !== capacity) throw new CommandError(Status.thinProvisioningNotSupported);
    namespace.checkWritable();
    namespace.create(Number(size), format);
    return namespace.id;
  }

  #delete(nsid: number): void {
    const { namespace } = this.#parts;
    if (nsid !== namespace.id && nsid !== BROADCAST_NSID) {
      throw new CommandError(Status.invalidNamespace);
    }
    if (!namespace.isAllocated) {
      if (nsid === BROADCAST_NSID) return;
      throw new CommandError(Status.invalidField);
    }
    namespace.checkWritable();
    const wasActive = namespace.isActive;
    namespace.delete();
    if (wasActive) this.#tellChange();
  }

  #read(command: Command): DataView {
    const bytes = new Uint8Array(DATA_SIZE);
    this.#parts.transfer.fromHost(command, bytes);
    return new DataView(bytes.buffer);
  }

  /** The list of changed namespaces has it; hosts that want to hear of it do. */
  #tellChange(): void {
    const { features, events, logs, namespace } = this.#parts;
    logs.namespaceChanged(namespace.id);
    if ((features.get(Feature.asyncEventConfiguration) & NAMESPACE_NOTICES) === 0) return;
    events.add(EventType.notice, NAMESPACE_CHANGED, LogPage.changedNamespaces);
  }
}

/** A list names the one controller that there is. @throws CommandError */
function checkControllers(list: DataView): void {
  const count = list.getUint16(0, true);
  const isPossible = count === 1 && list.getUint16(2, true) === CONTROLLER_ID;
  if (!isPossible) throw new CommandError(Status.controllerListInvalid);
}
