/**
 * Writes to the MSI capability: SET_IRQS alone turns MSI on; while it is, the user may switch the
 * enable bit and choose a number of vectors up to what SET_IRQS allocated.
 */
import * as regs from '../../uapi/pci-regs.js';
import type { CapabilityWrite, VirtualConfig } from './virtual-config.js';

export function writeMsi(config: VirtualConfig, write: CapabilityWrite): void {
  config.writeRegisters(write);
  const { capability, offset, size } = write;
  if (offset > regs.PCI_MSI_FLAGS || offset + size <= regs.PCI_MSI_FLAGS) return;
  const at = capability.start + regs.PCI_MSI_FLAGS;
  let flags = config.copy.getUint16(at, true);
  if (!config.effects.isMsiEnabled()) flags &= ~regs.PCI_MSI_FLAGS_ENABLE;
  const msiQueueLimit = config.effects.msiQueueLimit();
  if ((flags & regs.PCI_MSI_FLAGS_QSIZE) >> 4 > msiQueueLimit) {
    flags = (flags & ~regs.PCI_MSI_FLAGS_QSIZE) | (msiQueueLimit << 4);
  }
  config.copy.setUint16(at, flags, true);
  config.pci.config.write(at, 2, flags);
}
