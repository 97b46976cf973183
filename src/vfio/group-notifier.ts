/**
 * What the core makes of news about an IOMMU group's members (`vfio_iommu_group_notifier`). The
 * driver core binds drivers without asking VFIO; this is where the core hears of it, when it is too
 * late to refuse.
 */
import type { IommuGroupEvent } from '../iommu/iommu-group.js';
import type { Device } from '../kernel/device.js';
import type { KernelLog } from '../kernel/log.js';
import type { Group } from './group.js';
import { isDeviceViable } from './viability.js';

/** Handles one event. The cost does not depend on how many members or groups there are. */
export function handleGroupEvent(log: KernelLog, group: Group, event: IommuGroupEvent): void {
  const { action, device } = event;
  switch (action) {
    case 'add-device':
      memberAdded(log, group, device);
      break;
    case 'bound-driver':
      memberBound(log, group, device);
      break;
    case 'unbound-driver':
      // Only now does the driver core show no driver, so only now is the entry not needed.
      group.unbound.remove(device);
      break;
    // 'del-device': a VFIO driver has been unbound by now; any other device was none of ours.
    // 'bind-driver': it may be a VFIO driver, which adds the device before 'bound-driver': no verdict.
    // 'unbind-driver': a VFIO driver removes the device itself; losing any other does no harm.
  }
}

/** A hot-plugged member makes a group in use non-viable as soon as a native driver binds to it. */
function memberAdded(log: KernelLog, group: Group, device: Device): void {
  if (group.devices.of(device) !== undefined) log.warnOnce('readd');
  else if (group.users > 0) log.warn('live_add', device.name);
}

/**
 * A native driver and a user now both own parts of one isolation domain: each can reach the other's
 * memory by DMA, so this can't be survived.
 * @throws KernelBug
 */
function memberBound(log: KernelLog, group: Group, device: Device): void {
  if (group.users === 0 || isDeviceViable(group, device)) return;
  const { id } = group.iommuGroup;
  const text = `${device.name} bound to ${device.driver?.name} while group ${id} is in use`;
  log.fatal('not_viable', text);
}
