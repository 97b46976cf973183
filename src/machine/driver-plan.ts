/** The drivers that a machine has beside vfio-pci, as its description names them. */
import { type PciDeviceId, pciDeviceId } from '../pci/driver.js';
import type { MachineDescription } from './description.js';
import type { DescriptionProblem } from './description-error.js';
import { didYouMean } from './did-you-mean.js';

export interface PlannedDriver {
  readonly name: string;
  readonly ids: readonly PciDeviceId[];
}

/** What `driver:` of a device may say beside names of drivers. */
export const NO_DRIVER = 'none';
export const VFIO_PCI = 'vfio-pci';
/** Drivers that every machine has. */
const BUILT_IN = [VFIO_PCI, 'pci-stub', 'pcieport'];

/** Names that no driver of a description can have: every machine has these drivers. */
const TAKEN: readonly string[] = [VFIO_PCI, NO_DRIVER, 'pci-stub', 'pcieport'];

const ID = /^([0-9a-f]{4}):([0-9a-f]{4})$/i;

/** The drivers listed, and those that are only named by a device, unless they look misspelt. */
export function planDrivers(
  description: MachineDescription,
  problems: DescriptionProblem[],
): PlannedDriver[] {
  const drivers = new Map<string, PlannedDriver>();
  for (const [index, { name, ids = [] }] of (description.drivers ?? []).entries()) {
    const path = ['drivers', index, 'name'];
    if (TAKEN.includes(name)) {
      problems.push({ path, text: `'${name}' is not a name for a driver of your own` });
    } else if (drivers.has(name)) {
      problems.push({ path, text: `there are two drivers '${name}'`, fix: 'drop one' });
    }
    const parsed = ids.flatMap((text, at) => {
      const [, vendor, device] = ID.exec(text) ?? [];
      if (vendor !== undefined && device !== undefined) {
        return [pciDeviceId(Number.parseInt(vendor, 16), Number.parseInt(device, 16))];
      }
      const fix = 'write vendor and device in hexadecimal, as 8086:100e';
      problems.push({ path: ['drivers', index, 'ids', at], text: `'${text}' is no PCI id`, fix });
      return [];
    });
    drivers.set(name, { name, ids: parsed });
  }
  for (const [index, { driver }] of description.devices.entries()) {
    if (driver === undefined || driver === NO_DRIVER) continue;
    if (BUILT_IN.includes(driver) || drivers.has(driver)) continue;
    const fix = didYouMean(driver, [NO_DRIVER, ...BUILT_IN, ...drivers.keys()]);
    if (fix === undefined) drivers.set(driver, { name: driver, ids: [] });
    else {
      const path = ['devices', index, 'driver'];
      problems.push({ path, text: `there is no driver '${driver}'`, fix });
    }
  }
  return [...drivers.values()];
}
