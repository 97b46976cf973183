/** Moves the data of commands, which PRPs or an SGL describe: for one command, or for those of a batch together. */
import type { IovaRange } from '../../iommu/iommu-domain.js';
import type { Dma } from '../../pci/dma.js';
import { type Command, PSDT, PSDT_SGL } from './command.js';
import type { DataRange } from './data-range.js';
import { PrpList } from './prp-list.js';
import { ScatterGatherList } from './scatter-gather-list.js';
import { Staging } from './staging.js';
import { CommandError, Status } from './status.js';

export class DataTransfer {
  readonly #dma: Dma;
  readonly #prps: PrpList;
  readonly #sgls: ScatterGatherList;
  readonly #outgoing = new Staging();
  readonly #incoming = new Staging();

  constructor(dma: Dma) {
    this.#dma = dma;
    this.#prps = new PrpList(dma);
    this.#sgls = new ScatterGatherList(dma);
  }

  /** The memory page size, which CC.MPS has chosen. */
  setPageBits(bits: number): void {
    this.#prps.setPageBits(bits);
  }

  /** From the host into `target`. @throws CommandError */
  fromHost(command: Command, target: Uint8Array): void {
    const ranges = this.#ranges(command, target.length, false);
    const isDone = isAllWanted(ranges)
      ? this.#dma.readv(ranges, target)
      : wantedParts(ranges, target).every(([range, bytes]) => this.#dma.readv([range], bytes));
    if (!isDone) throw new CommandError(Status.dataTransferError);
  }

  /** From `source` to the host. @throws CommandError */
  toHost(command: Command, source: Uint8Array): void {
    this.#send(this.#ranges(command, source.length, true), source);
  }

  /** Room for data that goes to the host with that of other commands; undefined: it has to go by itself. */
  roomToHost(length: number): Uint8Array | undefined {
    return this.#outgoing.room(length);
  }

  /**
   * From the room for it to the host, when `sendAll` is called.
   * @returns false: it is there already
   * @throws CommandError
   */
  toHostWithOthers(command: Command, room: Uint8Array): boolean {
    const ranges = this.#ranges(command, room.length, true);
    const canWait = isAllWanted(ranges);
    if (canWait) this.#outgoing.add(room.length, ranges);
    else this.#send(ranges, room);
    return canWait;
  }

  /** Sends what waits for it. @returns for each command, in their order, whether its data has arrived */
  sendAll(): readonly boolean[] {
    return this.#outgoing.send(this.#dma);
  }

  /**
   * Wants data that comes from the host with that of other commands.
   * @returns where it will be after `receiveAll`, until that is called again; undefined: it has to come by itself
   * @throws CommandError
   */
  fromHostWithOthers(command: Command, length: number): Uint8Array | undefined {
    const room = this.#incoming.room(length);
    if (room === undefined) return undefined;
    const ranges = this.#ranges(command, length, false);
    if (!isAllWanted(ranges)) return undefined;
    this.#incoming.add(length, ranges);
    return room;
  }

  /** Fetches what is wanted. @returns for each command, in their order, whether its data is here */
  receiveAll(): readonly boolean[] {
    return this.#incoming.receive(this.#dma);
  }

  #send(ranges: readonly DataRange[], source: Uint8Array): void {
    const isDone = isAllWanted(ranges)
      ? this.#dma.writev(ranges, source)
      : wantedParts(ranges, source).every(([range, bytes]) => this.#dma.writev([range], bytes));
    if (!isDone) throw new CommandError(Status.dataTransferError);
  }

  #ranges(command: Command, length: number, isToHost: boolean): readonly DataRange[] {
    const kind = command.flags & PSDT;
    if (kind === 0) return this.#prps.ranges(command, length);
    if (kind === PSDT_SGL) return this.#sgls.ranges(command, length, isToHost);
    // SGLs whose metadata has one, too, and what is reserved.
    throw new CommandError(Status.invalidField);
  }
}

function isAllWanted(ranges: readonly DataRange[]): ranges is readonly IovaRange[] {
  return ranges.every(({ iova }) => iova !== undefined);
}

/** The ranges that are wanted, each with its bytes. */
function wantedParts(
  ranges: readonly DataRange[],
  bytes: Uint8Array,
): (readonly [IovaRange, Uint8Array])[] {
  const parts: (readonly [IovaRange, Uint8Array])[] = [];
  let at = 0;
  for (const { iova, length } of ranges) {
    if (iova !== undefined) parts.push([{ iova, length }, bytes.subarray(at, at + length)]);
    at += length;
  }
  return parts;
}
