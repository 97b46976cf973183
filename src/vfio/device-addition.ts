/** A bus driver's probe hands a device to the core. */
import type { Device } from '../kernel/device.js';
import { kernelError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import { VfioDevice } from './device.js';
import type { VfioDeviceOps } from './device-ops.js';
import type { Group } from './group.js';

/**
 * Puts a device into a group that it does not belong to yet, and takes over the caller's reference
 * to the group: from now on the device keeps the group alive.
 * @throws EBUSY when the group has the device; ENOMEM by fault `kzalloc`
 */
export function addDeviceToGroup<Data>(
  kernel: Kernel,
  group: Group,
  device: Device,
  ops: VfioDeviceOps<Data>,
  data: Data,
): void {
  try {
    if (group.devices.of(device) !== undefined) {
      const { id } = group.iommuGroup;
      kernel.log.warn('exists', `Device ${device.name} already exists on group ${id}`);
      throw kernelError('EBUSY');
    }
    kernel.faults.checkAllocation();
    const added = new VfioDevice(group.get(), device, ops, data);
    group.devices.add(added);
    device.driverData = added;
  } finally {
    group.put();
  }
}
