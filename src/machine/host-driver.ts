/**
 * A driver of the host: takes functions away from vfio-pci, so that their IOMMU group is not viable,
 * and does nothing with them.
 */
import type { PciDriver } from '../pci/driver.js';
import { pciFunctionOf } from '../pci/function.js';
import type { PlannedDriver } from './driver-plan.js';

export function hostDriver({ name, ids }: PlannedDriver): PciDriver {
  return {
    name,
    ids,
    probe: (device) => pciFunctionOf(device)?.enable(),
    remove: (device) => pciFunctionOf(device)?.disable(),
  };
}
