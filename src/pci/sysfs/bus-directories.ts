/** Directories of buses: the host bridge's, `pci_bus/DDDD:BB`, and physical slots. */
import { addPowerDirectory } from '../../kernel/power-sysfs.js';
import { addAttribute } from '../../kernel/sysfs.js';
import { type Directory, addLink } from '../../kernel/tree.js';
import { storeUevent } from '../../kernel/uevent.js';
import type { PciBus } from '../bus.js';
import type { PciFunction } from '../function.js';
import type { Pci } from '../pci.js';
import { isTrue } from './text.js';

/** `/sys/devices/pciDDDD:BB` */
export function addRootDirectory(directory: Directory): void {
  addPowerDirectory(directory);
  addAttribute(directory, 'uevent', { show: () => '', store: storeUevent });
}

/** `pci_bus/DDDD:BB` in the directory of the bridge that leads to the bus, and in the class. */
export function addBusDirectory(pci: Pci, root: Directory, above: Directory, bus: PciBus): void {
  const directory = above.directoryAt(`pci_bus/${bus.name}`);
  const busClass = root.directoryAt('sys/class/pci_bus');
  addAttribute(directory, 'cpuaffinity', { show: () => '1\n' });
  addAttribute(directory, 'cpulistaffinity', { show: () => '0\n' });
  addLink(directory, 'device', above);
  addPowerDirectory(directory);
  addAttribute(directory, 'rescan', {
    mode: 0o200,
    store: (text) => (isTrue(text) ? pci.rescan(bus) : undefined),
  });
  addLink(directory, 'subsystem', busClass);
  addLink(busClass, bus.name, directory);
  addAttribute(directory, 'uevent', { show: () => '', store: storeUevent });
}

/** `/sys/bus/pci/slots/<name>`: which slot a function is in. */
export function addSlot(slots: Directory, name: string, member: PciFunction): void {
  const slot = slots.directory(name);
  if (slot.get('address') !== undefined) return;
  const address = member.device.name.replace(/\.[0-7]$/, '');
  addAttribute(slot, 'address', { show: () => `${address}\n` });
  addAttribute(slot, 'cur_bus_speed', { show: () => 'Unknown\n' });
  addAttribute(slot, 'max_bus_speed', { show: () => 'Unknown\n' });
}
