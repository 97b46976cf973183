/** How a function is just now, and the few settings that are only remembered. */
import { kernelError } from '../../kernel/error.js';
import { addAttribute } from '../../kernel/sysfs.js';
import type { Directory } from '../../kernel/tree.js';
import type { PciFunction } from '../function.js';
import { isTrue, signed } from './text.js';

export function addStateAttributes(member: PciFunction, directory: Directory): void {
  addAttribute(directory, 'irq', { show: () => `${member.irq}\n`, isVolatile: true });
  addAttribute(directory, 'power_state', {
    show: () => `${member.isPowerStateKnown ? member.powerState : 'unknown'}\n`,
    isVolatile: true,
  });
  for (const name of ['dma_mask_bits', 'consistent_dma_mask_bits']) {
    addAttribute(directory, name, { show: () => `${member.dmaMaskBits}\n`, isVolatile: true });
  }
  addAttribute(directory, 'numa_node', {
    mode: 0o644,
    show: () => '-1\n',
    store: (text) => {
      if (signed(text) !== -1) throw kernelError('EINVAL');
    },
  });
  addFlag(directory, 'broken_parity_status', false);
  addFlag(directory, 'msi_bus', true);
  addFlag(directory, 'd3cold_allowed', member.hasPowerManagement);
}

function addFlag(directory: Directory, name: string, initial: boolean): void {
  let value = initial;
  addAttribute(directory, name, {
    mode: 0o644,
    show: () => `${value ? 1 : 0}\n`,
    store: (text) => {
      value = isTrue(text);
    },
  });
}
