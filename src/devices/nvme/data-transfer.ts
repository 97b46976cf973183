/** Moves the data of commands, which PRPs or an SGL describe. */
import type { Dma } from '../../pci/dma.js';
import { type Command, PSDT, PSDT_SGL } from './command.js';
import type { DataRange } from './data-range.js';
import { PrpList } from './prp-list.js';
import { ScatterGatherList } from './scatter-gather-list.js';
import { CommandError, Status } from './status.js';

export class DataTransfer {
  readonly #dma: Dma;
  readonly #prps: PrpList;
  readonly #sgls: ScatterGatherList;

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
    let at = 0;
    for (const { address, length } of this.#ranges(command, target.length, false)) {
      if (address !== undefined && !this.#dma.read(address, target.subarray(at, at + length))) {
        throw new CommandError(Status.dataTransferError);
      }
      at += length;
    }
  }

  /** From `source` to the host. @throws CommandError */
  toHost(command: Command, source: Uint8Array): void {
    let at = 0;
    for (const { address, length } of this.#ranges(command, source.length, true)) {
      if (address !== undefined && !this.#dma.write(address, source.subarray(at, at + length))) {
        throw new CommandError(Status.dataTransferError);
      }
      at += length;
    }
  }

  #ranges(command: Command, length: number, isToHost: boolean): readonly DataRange[] {
    const kind = command.flags & PSDT;
    if (kind === 0) return this.#prps.ranges(command, length);
    if (kind === PSDT_SGL) return this.#sgls.ranges(command, length, isToHost);
    // SGLs whose metadata has one, too, and what is reserved.
    throw new CommandError(Status.invalidField);
  }
}
