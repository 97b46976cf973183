/**
 * Virtual BARs: the user may write what it likes, for sizing or for addresses of its own; what it
 * reads back has the shape of the real BAR. The real ones never move.
 */
import type { Bar } from '../../pci/bar.js';
import type { PciFunction } from '../../pci/function.js';
import * as regs from '../../uapi/pci-regs.js';
import type { VirtualConfig } from './virtual-config.js';

/** Whether a byte of the header is part of a BAR or of the ROM's. */
export function isBar(offset: number): boolean {
  const isBaseAddress =
    offset >= regs.PCI_BASE_ADDRESS_0 && offset < regs.PCI_BASE_ADDRESS_0 + 6 * 4;
  return isBaseAddress || (offset >= regs.PCI_ROM_ADDRESS && offset < regs.PCI_ROM_ADDRESS + 4);
}

/** Gives the BARs of the copy their size and their type bits. */
export function bringBarsIntoShape(config: VirtualConfig): void {
  const { copy, pci } = config;
  for (let index = 0; index < 6; index++) {
    const at = regs.PCI_BASE_ADDRESS_0 + 4 * index;
    const bar = pci.bars[index];
    if (bar === undefined) {
      copy.setUint32(at, 0, true);
      continue;
    }
    const mask = ~(BigInt(bar.size) - 1n);
    const address = copy.getUint32(at, true) & Number(mask & 0xffff_ffffn);
    copy.setUint32(at, (address | typeBits(bar)) >>> 0, true);
    if (bar.kind !== 'memory64') continue;
    index += 1;
    const high = copy.getUint32(at + 4, true) & Number((mask >> 32n) & 0xffff_ffffn);
    copy.setUint32(at + 4, high >>> 0, true);
  }
  const romBits = pci.rom === undefined ? 0 : ~(pci.rom.size - 1) | regs.PCI_ROM_ADDRESS_ENABLE;
  const rom = copy.getUint32(regs.PCI_ROM_ADDRESS, true) & romBits;
  copy.setUint32(regs.PCI_ROM_ADDRESS, rom >>> 0, true);
  config.areBarsDirty = false;
}

/** Writes the addresses back into the hardware, after a reset that nobody told of has lost them. */
export function restoreBars(pci: PciFunction): void {
  for (const bar of pci.bars) {
    if (bar === undefined) continue;
    const at = regs.PCI_BASE_ADDRESS_0 + 4 * bar.index;
    pci.config.write(at, 4, Number(bar.address & 0xffff_ffffn));
    if (bar.kind === 'memory64') pci.config.write(at + 4, 4, Number(bar.address >> 32n));
  }
  if (pci.rom !== undefined) pci.config.write(regs.PCI_ROM_ADDRESS, 4, Number(pci.rom.address));
}

function typeBits(bar: Bar): number {
  if (bar.kind === 'io') return regs.PCI_BASE_ADDRESS_SPACE_IO;
  const width = bar.kind === 'memory64' ? regs.PCI_BASE_ADDRESS_MEM_TYPE_64 : 0;
  return width | (bar.isPrefetchable ? regs.PCI_BASE_ADDRESS_MEM_PREFETCH : 0);
}
