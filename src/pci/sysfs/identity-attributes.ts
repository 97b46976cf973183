/** What a function is: the files whose content follows from its description and its driver's name. */
import { addAttribute } from '../../kernel/sysfs.js';
import type { Directory } from '../../kernel/tree.js';
import { storeUevent, ueventText } from '../../kernel/uevent.js';
import { kernelError } from '../../kernel/error.js';
import type { PciFunction } from '../function.js';
import type { Pci } from '../pci.js';
import { hex } from '../pci-address.js';

/** `driver_override` takes less than a page with its NUL. */
const MAXIMUM_OVERRIDE = 4094;

export function addIdentityAttributes(pci: Pci, member: PciFunction, directory: Directory): void {
  const { identity } = member.description;
  const { subsystemVendor = 0, subsystem = 0, revision = 0 } = identity;
  const show = (name: string, text: string): void => {
    addAttribute(directory, name, { show: () => `${text}\n` });
  };
  show('vendor', `0x${hex(identity.vendor, 4)}`);
  show('device', `0x${hex(identity.device, 4)}`);
  show('subsystem_vendor', `0x${hex(subsystemVendor, 4)}`);
  show('subsystem_device', `0x${hex(subsystem, 4)}`);
  show('revision', `0x${hex(revision, 2)}`);
  show('class', `0x${hex(identity.class, 6)}`);
  show('modalias', modalias(member));
  show('local_cpus', '1');
  show('local_cpulist', '0');
  show('ari_enabled', '0');
  addAttribute(directory, 'uevent', { show: () => uevent(member), store: storeUevent });
  addAttribute(directory, 'driver_override', {
    show: () => `${pci.matching.overrideOf(member.device) ?? '(null)'}\n`,
    store: (text) => {
      if (text.length > MAXIMUM_OVERRIDE) throw kernelError('EINVAL');
      const [name = ''] = text.split('\n', 1);
      pci.matching.setOverride(member.device, name === '' ? undefined : name);
    },
  });
}

/** The name that modules are found by. */
function modalias(member: PciFunction): string {
  const { identity } = member.description;
  const part = (value: number, digits: number) => hex(value, digits).toUpperCase();
  const vendor = `v${part(identity.vendor, 8)}d${part(identity.device, 8)}`;
  const subsystem = `sv${part(identity.subsystemVendor ?? 0, 8)}sd${part(identity.subsystem ?? 0, 8)}`;
  const base = part(identity.class >>> 16, 2);
  const subclass = part((identity.class >>> 8) & 0xff, 2);
  return `pci:${vendor}${subsystem}bc${base}sc${subclass}i${part(identity.class & 0xff, 2)}`;
}

function uevent(member: PciFunction): string {
  const { identity } = member.description;
  const part = (value: number, digits: number) => hex(value, digits).toUpperCase();
  return ueventText({
    DRIVER: member.device.driver?.name,
    PCI_CLASS: part(identity.class, 1),
    PCI_ID: `${part(identity.vendor, 4)}:${part(identity.device, 4)}`,
    PCI_SUBSYS_ID: `${part(identity.subsystemVendor ?? 0, 4)}:${part(identity.subsystem ?? 0, 4)}`,
    PCI_SLOT_NAME: member.device.name,
    MODALIAS: modalias(member),
  });
}
