/** Where a function's MSI-X table lies: users may map it, but pread and pwrite do not reach it. */
import type { PciFunction } from '../pci/function.js';
import {
  PCI_CAP_ID_MSIX,
  PCI_MSIX_ENTRY_SIZE,
  PCI_MSIX_TABLE,
  PCI_MSIX_TABLE_BIR,
  PCI_MSIX_TABLE_OFFSET,
} from '../uapi/pci-regs.js';

export interface MsixTable {
  readonly bar: number;
  /** Bytes in the BAR, from… */
  readonly start: number;
  /** …to before. */
  readonly end: number;
}

export function msixTableOf(pci: PciFunction): MsixTable | undefined {
  const at = pci.capability(PCI_CAP_ID_MSIX);
  if (at === undefined) return undefined;
  const place = pci.config.read(at + PCI_MSIX_TABLE, 4);
  const start = (place & PCI_MSIX_TABLE_OFFSET) >>> 0;
  return {
    bar: place & PCI_MSIX_TABLE_BIR,
    start,
    end: start + pci.interrupts.available('msix') * PCI_MSIX_ENTRY_SIZE,
  };
}
