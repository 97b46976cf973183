/**
 * The memory that a command's data is in: physical region pages (NVM Express 1.4 §4.3). Pages that
 * follow each other in address are one range, so a transfer takes as few accesses as the list allows.
 */
import type { Dma } from '../../pci/dma.js';
import type { Command } from './command.js';
import { CommandError, Status } from './status.js';

interface Range {
  readonly address: bigint;
  length: number;
}

const PRP_SIZE = 8;
/** PSDT: the command has scatter gather lists instead. */
const PSDT = 0xc0;

export class DataTransfer {
  readonly #dma: Dma;
  readonly #list = new DataView(new ArrayBuffer(2 ** 16));
  #pageSize = 4096;

  constructor(dma: Dma) {
    this.#dma = dma;
  }

  /** The memory page size, which CC.MPS has chosen. */
  setPageBits(bits: number): void {
    this.#pageSize = 2 ** bits;
  }

  /** From the host into `target`. @throws CommandError */
  fromHost(command: Command, target: Uint8Array): void {
    let at = 0;
    for (const { address, length } of this.#ranges(command, target.length)) {
      if (!this.#dma.read(address, target.subarray(at, at + length))) {
        throw new CommandError(Status.dataTransferError);
      }
      at += length;
    }
  }

  /** From `source` to the host. @throws CommandError */
  toHost(command: Command, source: Uint8Array): void {
    let at = 0;
    for (const { address, length } of this.#ranges(command, source.length)) {
      if (!this.#dma.write(address, source.subarray(at, at + length))) {
        throw new CommandError(Status.dataTransferError);
      }
      at += length;
    }
  }

  #ranges(command: Command, length: number): Range[] {
    if ((command.flags & PSDT) !== 0) throw new CommandError(Status.invalidField);
    const { prp1 } = command;
    if ((prp1 & 3n) !== 0n) throw new CommandError(Status.invalidPrpOffset);
    const first = Math.min(length, this.#pageSize - this.#offsetOf(prp1));
    const ranges: Range[] = [{ address: prp1, length: first }];
    const left = length - first;
    if (left === 0) return ranges;
    if (left <= this.#pageSize) this.#append(ranges, command.prp2, left);
    else this.#followList(ranges, command.prp2, left);
    return ranges;
  }

  /** Entries fill pages; the last one of a page leads to the next page of the list. */
  #followList(ranges: Range[], start: bigint, length: number): void {
    const list = this.#list;
    let address = start;
    let left = length;
    while (left > 0) {
      if ((address & 7n) !== 0n) throw new CommandError(Status.invalidPrpOffset);
      const places = (this.#pageSize - this.#offsetOf(address)) / PRP_SIZE;
      const wanted = Math.ceil(left / this.#pageSize);
      const isLast = wanted <= places;
      const count = isLast ? wanted : places;
      const bytes = new Uint8Array(list.buffer, 0, count * PRP_SIZE);
      if (!this.#dma.read(address, bytes)) throw new CommandError(Status.dataTransferError);
      const pages = isLast ? count : count - 1;
      for (let index = 0; index < pages; index++) {
        const part = Math.min(left, this.#pageSize);
        this.#append(ranges, list.getBigUint64(index * PRP_SIZE, true), part);
        left -= part;
      }
      const next = isLast ? 0n : list.getBigUint64(pages * PRP_SIZE, true);
      // Lists go on at the start of a page, so that each page of a list leads to data: they end.
      if (!isLast && this.#offsetOf(next) !== 0) throw new CommandError(Status.invalidPrpOffset);
      address = next;
    }
  }

  #append(ranges: Range[], address: bigint, length: number): void {
    if (this.#offsetOf(address) !== 0) throw new CommandError(Status.invalidPrpOffset);
    const last = ranges[ranges.length - 1];
    if (last !== undefined && last.address + BigInt(last.length) === address) last.length += length;
    else ranges.push({ address, length });
  }

  #offsetOf(address: bigint): number {
    return Number(BigInt.asUintN(16, address)) % this.#pageSize;
  }
}
