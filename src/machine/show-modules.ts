/** Modules in sysfs, as far as programs look: whether there is one of a name. */
import type { Kernel } from '../kernel/kernel.js';

/** What Linux has besides for its vfio-pci; here it is all one. */
export const VFIO_PCI_MODULES = ['vfio', 'vfio_virqfd', 'vfio_pci_core', 'vfio_pci'];

/** Shows modules as loaded: `/sys/module/<name>`. */
export function showModules(kernel: Kernel, names: readonly string[]): void {
  for (const name of names) kernel.root.directoryAt(`sys/module/${name}`);
}
