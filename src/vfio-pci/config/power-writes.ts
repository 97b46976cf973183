/** Writes to the power management capability: the state bits are acted on, not stored. */
import * as regs from '../../uapi/pci-regs.js';
import type { CapabilityWrite, VirtualConfig } from './virtual-config.js';

export function writePower(config: VirtualConfig, write: CapabilityWrite): void {
  config.writeRegisters(write);
  if (write.offset === regs.PCI_PM_CTRL) {
    config.effects.setPowerState(write.value & regs.PCI_PM_CTRL_STATE_MASK);
  }
}
