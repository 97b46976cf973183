/** Commands of the NVM command set (NVM Express 1.4 §6). */
import { type Command, FUSE, Io } from './command.js';
import type { DataTransfer } from './data-transfer.js';
import type { Features } from './features.js';
import type { Health } from './health.js';
import { MAXIMUM_TRANSFER } from './identify-controller.js';
import type { Namespace } from './namespace.js';
import { CommandError, Status } from './status.js';
import { WriteData } from './write-data.js';

const FORCE_UNIT_ACCESS = 0x4000_0000;
const DEALLOCATE = 4;
const DATASET_RANGE_SIZE = 16;

/** What commands work on. */
export interface IoParts {
  readonly namespace: Namespace;
  readonly transfer: DataTransfer;
  readonly features: Features;
  readonly health: Health;
}

/** Where blocks are on the disk, in bytes. */
interface Blocks {
  readonly offset: number;
  readonly length: number;
}

/** What a command has come to: its end, or so far that it may complete after `settle`, or after `sendAll`. */
export type IoOutcome = 'done' | 'unsettled' | 'unsent';

export class IoCommands {
  /** Bytes that commands have moved. */
  bytesMoved = 0;
  readonly #parts: IoParts;
  readonly #buffer = new Uint8Array(MAXIMUM_TRANSFER);
  readonly #other = new Uint8Array(MAXIMUM_TRANSFER);
  readonly #writeData: WriteData;

  constructor(parts: IoParts) {
    this.#parts = parts;
    this.#writeData = new WriteData(parts.transfer);
  }

  /** Commands that are to be executed one after another: those that can be prepared together are. */
  prepare(commands: readonly Command[]): void {
    const writes = commands.filter(
      ({ opcode, flags }) => opcode === Io.write && (flags & FUSE) === 0,
    );
    this.#writeData.fetch(writes, (write) => this.#blocksToWrite(write).length);
  }

  /** @throws CommandError */
  execute(command: Command): IoOutcome {
    const { namespace } = this.#parts;
    if (!KNOWN.has(command.opcode)) throw new CommandError(Status.invalidOpcode);
    if (command.opcode === Io.flush) namespace.checkActiveOrAll(command.nsid);
    else namespace.checkActive(command.nsid);
    switch (command.opcode) {
      case Io.flush:
        return 'unsettled';
      case Io.write:
        return this.#write(command);
      case Io.read:
        return this.#read(command);
      case Io.compare:
        return this.#compare(command);
      case Io.writeZeroes:
        return this.#writeZeroes(command);
      case Io.datasetManagement:
        return this.#manageDataset(command);
      default:
        return this.#verify(command);
    }
  }

  /** Sends what reads have found, together. @returns for each read, in their order, whether it has arrived */
  sendAll(): readonly boolean[] {
    return this.#parts.transfer.sendAll();
  }

  /** Makes what was written last: for all commands of a batch at once. @throws CommandError */
  settle(): void {
    this.#parts.namespace.flush();
  }

  #read(command: Command): IoOutcome {
    const { namespace, transfer, health } = this.#parts;
    const { offset, length } = this.#blocks(command);
    const room = transfer.roomToHost(length);
    const data = room ?? this.#buffer.subarray(0, length);
    this.bytesMoved += length;
    namespace.read(offset, data);
    const isWaiting = room !== undefined && transfer.toHostWithOthers(command, room);
    if (room === undefined) transfer.toHost(command, data);
    health.read.commands += 1;
    health.read.units += length / 512;
    return isWaiting ? 'unsent' : 'done';
  }

  #write(command: Command): IoOutcome {
    const { namespace, transfer, health } = this.#parts;
    const { offset, length } = this.#blocksToWrite(command);
    this.bytesMoved += length;
    let data = this.#writeData.of(command);
    if (data === undefined) {
      data = this.#buffer.subarray(0, length);
      transfer.fromHost(command, data);
    }
    namespace.write(offset, data);
    health.written.commands += 1;
    health.written.units += length / 512;
    return this.#mustSettle(command) ? 'unsettled' : 'done';
  }

  #compare(command: Command): IoOutcome {
    const { namespace, transfer, health } = this.#parts;
    const { offset, data } = this.#range(command);
    const expected = this.#other.subarray(0, data.length);
    transfer.fromHost(command, expected);
    namespace.read(offset, data);
    health.read.commands += 1;
    health.read.units += data.length / 512;
    if (!isEqual(data, expected)) throw new CommandError(Status.compareFailure);
    return 'done';
  }

  /** No data comes with it, so it may be of any length. */
  #writeZeroes(command: Command): IoOutcome {
    const { namespace } = this.#parts;
    const offset = namespace.offsetOf(command.startingBlock, command.blocks);
    namespace.checkWritable();
    namespace.discard(offset, command.blocks * namespace.blockSize);
    return this.#mustSettle(command) ? 'unsettled' : 'done';
  }

  /** Reads, and keeps what it read to itself. */
  #verify(command: Command): IoOutcome {
    const { namespace, health } = this.#parts;
    const { offset, data } = this.#range(command);
    namespace.read(offset, data);
    health.read.units += data.length / 512;
    return 'done';
  }

  /** All ranges are looked at before the first is deallocated. */
  #manageDataset(command: Command): IoOutcome {
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
    if ((command.dword(11) & DEALLOCATE) === 0) return 'done';
    namespace.checkWritable();
    for (const { offset, length } of ranges) if (length > 0) namespace.discard(offset, length);
    // It has no FUA bit: dword 12 is another's.
    return this.#parts.features.hasWriteCache ? 'done' : 'unsettled';
  }

  /** The blocks of a command, and a buffer for them. @throws CommandError */
  #range(command: Command): { readonly offset: number; readonly data: Uint8Array } {
    const { offset, length } = this.#blocks(command);
    this.bytesMoved += length;
    return { offset, data: this.#buffer.subarray(0, length) };
  }

  /** The blocks of a write, which may be written. @throws CommandError */
  #blocksToWrite(command: Command): Blocks {
    const { namespace } = this.#parts;
    namespace.checkActive(command.nsid);
    const blocks = this.#blocks(command);
    namespace.checkWritable();
    return blocks;
  }

  /** The blocks of a command that moves them. @throws CommandError */
  #blocks(command: Command): Blocks {
    const { namespace } = this.#parts;
    const length = command.blocks * namespace.blockSize;
    if (length > MAXIMUM_TRANSFER) throw new CommandError(Status.invalidField);
    return { offset: namespace.offsetOf(command.startingBlock, command.blocks), length };
  }

  /** Without a write cache, and with FUA, what was written has to last before the command completes. */
  #mustSettle(command: Command): boolean {
    return (command.dword(12) & FORCE_UNIT_ACCESS) !== 0 || !this.#parts.features.hasWriteCache;
  }
}

const KNOWN: ReadonlySet<number> = new Set(Object.values(Io));

/** Whether blocks have the same content. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  const words = (bytes: Uint8Array): Uint32Array =>
    new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  const [left, right] = [words(a), words(b)];
  return left.every((word, index) => word === right[index]);
}
