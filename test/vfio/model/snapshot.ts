// The core's state as text, for "nothing has changed".
import type { World } from './world.js';

export function snapshot({ kernel, vfio, drivers, devices, descriptors }: World): string {
  const groups = [...(vfio.groups ?? [])].map((group) => ({
    id: group.iommuGroup.id,
    minor: group.minor,
    isOpen: group.isOpen,
    users: group.users,
    notifiers: group.iommuGroup.notifierCount,
    container: group.container?.groups.map(({ iommuGroup }) => iommuGroup.id),
    devices: group.devices.newestFirst.map(({ device }) => device.name),
    unbound: group.unbound.devices.map(({ name }) => name),
  }));
  return JSON.stringify({
    groups,
    modules: [kernel.module('vfio').references, ...drivers.map(({ owner }) => owner.references)],
    leases: drivers.map(({ leases }) => [...leases].map(({ attached }) => attached.size)),
    drivers: devices.map((device) => [device.driver?.name, device.driverData === undefined]),
    descriptors: descriptors.openDescriptors,
  });
}
