/**
 * Viability: whether a group can be given to a user. All its devices can reach each other, so every
 * one must be either under VFIO's control or harmless.
 */
import type { Device } from '../kernel/device.js';
import type { DeviceDriver } from '../kernel/driver.js';
import type { Group } from './group.js';

/** Whether each member of the IOMMU group is viable (`vfio_group_viable`). */
export function isGroupViable(group: Group): boolean {
  for (const device of group.iommuGroup.devices) {
    if (!isDeviceViable(group, device)) return false;
  }
  return true;
}

/**
 * Whether a device stands in nobody's way (`vfio_dev_viable`): it has no driver, a harmless one, or
 * a VFIO bus driver; or it is on its way to having none.
 */
export function isDeviceViable(group: Group, device: Device): boolean {
  const { driver } = device;
  if (driver === undefined || isHarmless(driver)) return true;
  return group.devices.of(device) !== undefined || group.unbound.has(device);
}

/** Drivers that do no DMA on the host's behalf. `pci-stub` does nothing; a bridge just forwards. */
function isHarmless(driver: DeviceDriver): boolean {
  return driver.name === 'pci-stub' || driver.name === 'pcieport';
}
