/**
 * Writes to the two capabilities through which a function resets itself, PCI Express and Advanced
 * Features. The bit is virtual: it reads zero, and setting it has the kernel reset the function.
 */
import * as regs from '../../uapi/pci-regs.js';
import type { CapabilityWrite, VirtualConfig } from './virtual-config.js';

/** PCI Express device control: reset, and the maximum read request size, passed on within limits. */
export function writeExpress(config: VirtualConfig, write: CapabilityWrite): void {
  const { copy, pci } = config;
  const { start } = write.capability;
  const at = start + regs.PCI_EXP_DEVCTL;
  const before = copy.getUint16(at, true) & regs.PCI_EXP_DEVCTL_READRQ;
  config.writeRegisters(write);
  let control = copy.getUint16(at, true);
  if ((control & regs.PCI_EXP_DEVCTL_BCR_FLR) !== 0) {
    control &= ~regs.PCI_EXP_DEVCTL_BCR_FLR;
    copy.setUint16(at, control, true);
    const capabilities = pci.config.read(start + regs.PCI_EXP_DEVCAP, 4);
    if ((capabilities & regs.PCI_EXP_DEVCAP_FLR) !== 0) config.effects.resetFunction();
  }
  const after = control & regs.PCI_EXP_DEVCTL_READRQ;
  if (after !== before) setReadRequest(config, at, after);
}

/** Never below the payload size in use; sizes above 4096 bytes do not exist (`pcie_set_readrq`). */
function setReadRequest({ pci }: VirtualConfig, at: number, wanted: number): void {
  const control = pci.config.read(at, 2);
  const payload = (control & regs.PCI_EXP_DEVCTL_PAYLOAD) >> 5;
  const code = Math.max(wanted >> 12, payload);
  if (code > 5) return;
  pci.config.write(at, 2, (control & ~regs.PCI_EXP_DEVCTL_READRQ) | (code << 12));
}

/** Advanced Features control (PCI Advanced Capabilities ECN, 2006). */
export function writeAdvancedFeatures(config: VirtualConfig, write: CapabilityWrite): void {
  config.writeRegisters(write);
  const { copy, pci } = config;
  const { start } = write.capability;
  const control = copy.getUint8(start + regs.PCI_AF_CTRL);
  if ((control & regs.PCI_AF_CTRL_FLR) === 0) return;
  copy.setUint8(start + regs.PCI_AF_CTRL, control & ~regs.PCI_AF_CTRL_FLR);
  const needed = regs.PCI_AF_CAP_FLR | regs.PCI_AF_CAP_TP;
  const capabilities = pci.config.read(start + regs.PCI_AF_CAP, 1);
  if ((capabilities & needed) === needed) config.effects.resetFunction();
}
