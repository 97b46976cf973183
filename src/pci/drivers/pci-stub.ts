/** `pci-stub`: a driver that takes functions and leaves them alone, so that no other driver does. */
import type { Kernel } from '../../kernel/kernel.js';
import type { PciDriver } from '../driver.js';
import { pciFunctionOf } from '../function.js';

export function pciStub(kernel: Kernel): PciDriver {
  return {
    name: 'pci-stub',
    module: kernel.module('pci_stub'),
    ids: [],
    hasNoIdTable: true,
    managesDma: true,
    probe: (device) => {
      if (pciFunctionOf(device) !== undefined) kernel.log.deviceInfo(device, 'claimed by stub');
    },
    remove: () => undefined,
  };
}
