/** Physical region pages: data as a list of pages of memory (NVM Express 1.4 §4.3). */
import type { Dma } from '../../pci/dma.js';
import type { Command } from './command.js';
import { appendRange, type DataRange } from './data-range.js';
import { MPS_MAXIMUM } from './registers.js';
import { CommandError, Status } from './status.js';

const PRP_SIZE = 8;

export class PrpList {
  readonly #dma: Dma;
  readonly #entries = new DataView(new ArrayBuffer(2 ** (12 + MPS_MAXIMUM)));
  #pageSize = 4096;

  constructor(dma: Dma) {
    this.#dma = dma;
  }

  /** The memory page size, which CC.MPS has chosen. */
  setPageBits(bits: number): void {
    this.#pageSize = 2 ** bits;
  }

  /** The memory of `length` bytes of a command. @throws CommandError */
  ranges(command: Command, length: number): DataRange[] {
    const { prp1 } = command;
    if ((prp1 & 3n) !== 0n) throw new CommandError(Status.invalidPrpOffset);
    const first = Math.min(length, this.#pageSize - this.#offsetOf(prp1));
    const ranges: DataRange[] = [{ iova: prp1, length: first }];
    const left = length - first;
    if (left === 0) return ranges;
    if (left <= this.#pageSize) this.#append(ranges, command.prp2, left);
    else this.#follow(ranges, command.prp2, left);
    return ranges;
  }

  /** Entries fill pages; the last one of a page leads to the next page of the list. */
  #follow(ranges: DataRange[], start: bigint, length: number): void {
    const entries = this.#entries;
    let address = start;
    let left = length;
    while (left > 0) {
      if ((address & 7n) !== 0n) throw new CommandError(Status.invalidPrpOffset);
      const places = (this.#pageSize - this.#offsetOf(address)) / PRP_SIZE;
      const wanted = Math.ceil(left / this.#pageSize);
      const isLast = wanted <= places;
      const count = isLast ? wanted : places;
      const bytes = new Uint8Array(entries.buffer, 0, count * PRP_SIZE);
      if (!this.#dma.read(address, bytes)) throw new CommandError(Status.dataTransferError);
      const pages = isLast ? count : count - 1;
      for (let index = 0; index < pages; index++) {
        const part = Math.min(left, this.#pageSize);
        this.#append(ranges, entries.getBigUint64(index * PRP_SIZE, true), part);
        left -= part;
      }
      const next = isLast ? 0n : entries.getBigUint64(pages * PRP_SIZE, true);
      // Lists go on at the start of a page, so that each page of a list leads to data: they end.
      if (!isLast && this.#offsetOf(next) !== 0) throw new CommandError(Status.invalidPrpOffset);
      address = next;
    }
  }

  #append(ranges: DataRange[], address: bigint, length: number): void {
    if (this.#offsetOf(address) !== 0) throw new CommandError(Status.invalidPrpOffset);
    appendRange(ranges, address, length);
  }

  #offsetOf(address: bigint): number {
    return Number(BigInt.asUintN(16, address)) % this.#pageSize;
  }
}
