/**
 * Writes to the vital product data capability: the exchange with the hardware is the kernel's, the
 * user sees address, data and completion flag of its own (PCI 3.0, appendix I).
 */
import * as regs from '../../uapi/pci-regs.js';
import type { CapabilityWrite, VirtualConfig } from './virtual-config.js';

export function writeVpd(config: VirtualConfig, write: CapabilityWrite): void {
  config.writeRegisters(write);
  const { offset, size } = write;
  // Work begins with the byte that holds the flag.
  if (offset > regs.PCI_VPD_ADDR + 1 || offset + size <= regs.PCI_VPD_ADDR + 1) return;
  const { start } = write.capability;
  const { copy } = config;
  const address = copy.getUint16(start + regs.PCI_VPD_ADDR, true);
  const done =
    (address & regs.PCI_VPD_ADDR_F) !== 0
      ? writeWord(config, start, address & ~regs.PCI_VPD_ADDR_F)
      : readWord(config, start, address);
  // A flag that does not turn is how a user hears of failure.
  if (done) copy.setUint16(start + regs.PCI_VPD_ADDR, address ^ regs.PCI_VPD_ADDR_F, true);
}

/** The hardware sets the flag when data is there. */
function readWord({ copy, pci }: VirtualConfig, start: number, address: number): boolean {
  const { config } = pci;
  if (address % 4 !== 0) return false;
  config.write(start + regs.PCI_VPD_ADDR, 2, address);
  if ((config.read(start + regs.PCI_VPD_ADDR, 2) & regs.PCI_VPD_ADDR_F) === 0) return false;
  copy.setUint32(start + regs.PCI_VPD_DATA, config.read(start + regs.PCI_VPD_DATA, 4), true);
  return true;
}

/** The hardware clears the flag when data is stored. */
function writeWord({ copy, pci }: VirtualConfig, start: number, address: number): boolean {
  const { config } = pci;
  if (address % 4 !== 0) return false;
  config.write(start + regs.PCI_VPD_DATA, 4, copy.getUint32(start + regs.PCI_VPD_DATA, true));
  config.write(start + regs.PCI_VPD_ADDR, 2, address | regs.PCI_VPD_ADDR_F);
  return (config.read(start + regs.PCI_VPD_ADDR, 2) & regs.PCI_VPD_ADDR_F) === 0;
}
