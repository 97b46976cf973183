/** Writes to the header: the command register with its virtual INTx disable bit, and BARs. */
import * as regs from '../../uapi/pci-regs.js';
import { isBar, restoreBars } from './bars.js';
import type { CapabilityWrite, VirtualConfig } from './virtual-config.js';

const DECODING = regs.PCI_COMMAND_MEMORY | regs.PCI_COMMAND_IO;

export function writeHeader(config: VirtualConfig, write: CapabilityWrite): void {
  const { offset, value } = write;
  if (offset === regs.PCI_COMMAND) recoverBars(config, value);
  config.writeRegisters(write);
  const { copy } = config;
  if (offset === regs.PCI_COMMAND) {
    // Kept to tell, at the next write, what the user believes from what the hardware says.
    const command = copy.getUint16(regs.PCI_COMMAND, true);
    copy.setUint16(regs.PCI_COMMAND, (command & ~DECODING) | (value & DECODING), true);
  }
  if (offset === regs.PCI_COMMAND || offset === regs.PCI_COMMAND + 1) {
    const command = copy.getUint16(regs.PCI_COMMAND, true);
    config.effects.setIntxDisabled((command & regs.PCI_COMMAND_INTX_DISABLE) !== 0);
  }
  if (isBar(offset)) config.areBarsDirty = true;
}

/**
 * A kind of decoding that the user has on, and wants on, is off in hardware: it has been reset behind
 * our back, and lost its BARs as well.
 */
function recoverBars({ copy, pci }: VirtualConfig, wanted: number): void {
  const believed = copy.getUint16(regs.PCI_COMMAND, true);
  const real = pci.config.read(regs.PCI_COMMAND, 2);
  if ((wanted & believed & ~real & DECODING) !== 0) restoreBars(pci);
}
