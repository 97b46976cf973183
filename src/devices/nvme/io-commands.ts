/** Commands of the NVM command set (NVM Express 1.4 §6). */
import { BROADCAST_NSID, type Command, Io } from './command.js';
import type { DataTransfer } from './data-transfer.js';
import type { Features } from './features.js';
import { MAXIMUM_TRANSFER } from './identify.js';
import type { Logs } from './logs.js';
import type { Namespace } from './namespace.js';
import { CommandError, Status } from './status.js';

const FORCE_UNIT_ACCESS = 0x4000_0000;
const DEALLOCATE = 4;
const DATASET_RANGE_SIZE = 16;

/** What commands work on. */
export interface IoParts {
  readonly namespace: Namespace;
  readonly transfer: DataTransfer;
  readonly features: Features;
  readonly logs: Logs;
}

export class IoCommands {
  /** Bytes that commands have moved. */
  bytesMoved = 0;
  /** Whether commands were executed that may complete only when `settle` has made their data last. */
  isUnsettled = false;
  readonly #parts: IoParts;
  readonly #buffer = new Uint8Array(MAXIMUM_TRANSFER);
  readonly #other = new Uint8Array(MAXIMUM_TRANSFER);

  constructor(parts: IoParts) {
    this.#parts = parts;
  }

  /** @throws CommandError */
  execute(command: Command): void {
    const { namespace } = this.#parts;
    const isKnown = KNOWN.has(command.opcode);
    if (!isKnown) throw new CommandError(Status.invalidOpcode);
    const { nsid } = command;
    const isBroadcast = command.opcode === Io.flush && nsid === BROADCAST_NSID;
    if (nsid !== namespace.id && !isBroadcast) throw new CommandError(Status.invalidNamespace);
    switch (command.opcode) {
      case Io.flush:
        namespace.flush();
        return;
      case Io.write:
        this.#write(command);
        return;
      case Io.read:
        this.#read(command);
        return;
      case Io.compare:
        this.#compare(command);
        return;
      case Io.writeZeroes:
        this.#writeZeroes(command);
        return;
      case Io.datasetManagement:
        this.#manageDataset(command);
        return;
      default:
        this.#verify(command);
    }
  }

  /** Makes what was written last: for all commands of a batch at once. @throws CommandError */
  settle(): void {
    this.isUnsettled = false;
    this.#parts.namespace.flush();
  }

  #read(command: Command): void {
    const { namespace, transfer, logs } = this.#parts;
    const { offset, data } = this.#range(command);
    namespace.read(offset, data);
    transfer.toHost(command, data);
    logs.read.commands += 1;
    logs.read.units += data.length / 512;
  }

  #write(command: Command): void {
    const { namespace, transfer, logs } = this.#parts;
    const { offset, data } = this.#range(command);
    this.#checkWritable();
    transfer.fromHost(command, data);
    namespace.write(offset, data);
    this.#settle(command);
    logs.written.commands += 1;
    logs.written.units += data.length / 512;
  }

  #compare(command: Command): void {
    const { namespace, transfer, logs } = this.#parts;
    const { offset, data } = this.#range(command);
    const expected = this.#other.subarray(0, data.length);
    transfer.fromHost(command, expected);
    namespace.read(offset, data);
    logs.read.commands += 1;
    if (data.some((byte, index) => byte !== expected[index])) {
      throw new CommandError(Status.compareFailure);
    }
  }

  /** No data comes with it, so it may be of any length. */
  #writeZeroes(command: Command): void {
    const { namespace } = this.#parts;
    const offset = namespace.offsetOf(command.startingBlock, command.blocks);
    this.#checkWritable();
    namespace.discard(offset, command.blocks * namespace.blockSize);
    this.#settle(command);
  }

  #verify(command: Command): void {
    const { offset, data } = this.#range(command);
    this.#parts.namespace.read(offset, data);
  }

  /** All ranges are looked at before the first is deallocated. */
  #manageDataset(command: Command): void {
    const { namespace, transfer } = this.#parts;
    const count = (command.dword(10) & 0xff) + 1;
    const list = new Uint8Array(count * DATASET_RANGE_SIZE);
    transfer.fromHost(command, list);
    const view = new DataView(list.buffer);
    const ranges: { offset: number; length: number }[] = [];
    for (let at = 0; at < list.length; at += DATASET_RANGE_SIZE) {
      const blocks = view.getUint32(at + 4, true);
      const start = Number(view.getBigUint64(at + 8, true));
      ranges.push({
        offset: namespace.offsetOf(start, blocks),
        length: blocks * namespace.blockSize,
      });
    }
    if ((command.dword(11) & DEALLOCATE) === 0) return;
    this.#checkWritable();
    for (const { offset, length } of ranges) if (length > 0) namespace.discard(offset, length);
    this.#settle(command);
  }

  /** The blocks of a command, and a buffer for them. @throws CommandError */
  #range(command: Command): { readonly offset: number; readonly data: Uint8Array } {
    const { namespace } = this.#parts;
    const length = command.blocks * namespace.blockSize;
    if (length > MAXIMUM_TRANSFER) throw new CommandError(Status.invalidField);
    const offset = namespace.offsetOf(command.startingBlock, command.blocks);
    this.bytesMoved += length;
    return { offset, data: this.#buffer.subarray(0, length) };
  }

  #checkWritable(): void {
    if (this.#parts.namespace.disk.isReadOnly) {
      throw new CommandError(Status.namespaceWriteProtected);
    }
  }

  /** Without a write cache, and with FUA, what was written has to last before the command completes. */
  #settle(command: Command): void {
    const { features } = this.#parts;
    const isForced =
      command.opcode !== Io.datasetManagement && (command.dword(12) & FORCE_UNIT_ACCESS) !== 0;
    if (isForced || !features.hasWriteCache) this.isUnsettled = true;
  }
}

const KNOWN: ReadonlySet<number> = new Set(Object.values(Io));
