/** Accesses to BAR 0 by call, as clients make them that have not mapped it. */
import type { AccessSize } from '../../pci/config-space.js';
import type { UnmodelledAccess } from '../../pci/device-model.js';
import { readView, type RegisterFile } from './register-file.js';
import { BAR_SIZE, DOORBELLS, MSIX_PENDING, MSIX_TABLE, REGISTERS_SIZE } from './registers.js';
import { type BarStores, DOORBELL_COUNT, type SharedBar } from './shared-bar.js';

export interface BarAccessOptions {
  /** The memory of the BAR. */
  readonly bytes: Uint8Array;
  readonly registers: RegisterFile;
  readonly shared: SharedBar;
  readonly stores: BarStores;
  /** Called with accesses to what there is not. */
  readonly unmodelled: (access: UnmodelledAccess) => void;
}

export class BarAccess {
  readonly #options: BarAccessOptions;
  readonly #view: DataView;

  constructor(options: BarAccessOptions) {
    const { bytes } = options;
    this.#options = options;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, BAR_SIZE);
  }

  read(offset: number, size: AccessSize): number {
    const { registers, unmodelled } = this.#options;
    if (offset < DOORBELLS) {
      if (offset + size <= REGISTERS_SIZE) return registers.read(offset, size);
      unmodelled({ bar: 0, offset, size });
      return 0;
    }
    // What doorbells read as is the vendor's choice; the table of MSI-X is memory.
    return offset < MSIX_TABLE ? 0 : readView(this.#view, offset, size);
  }

  write(offset: number, size: AccessSize, value: number): void {
    const { shared, stores, unmodelled } = this.#options;
    const index = (offset - DOORBELLS) / 4;
    if (offset >= MSIX_TABLE) {
      if (offset < MSIX_PENDING && size === 4) this.#view.setUint32(offset, value, true);
    } else if (size !== 4 || offset % 4 !== 0 || isReserved(offset)) {
      unmodelled({ bar: 0, offset, size, value });
    } else if (offset < DOORBELLS) stores.registerStored(offset, value >>> 0);
    else {
      shared.showDoorbell(index, value);
      stores.doorbellStored(index, value);
    }
  }
}

/** Whether there is neither a register nor a doorbell. */
function isReserved(offset: number): boolean {
  if (offset < DOORBELLS) return offset >= REGISTERS_SIZE;
  return offset >= DOORBELLS + 4 * DOORBELL_COUNT;
}
