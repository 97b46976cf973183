/** The VFIO core, for the rest of the kernel. */
export { Container } from './container.js';
export { ContainerFile } from './container-file.js';
export { VfioDevice } from './device.js';
export { DeviceFile } from './device-file.js';
export type { VfioDeviceOps } from './device-ops.js';
export { ExternalUser } from './external-user.js';
export { Group } from './group.js';
export { GroupFile } from './group-file.js';
export { GroupRegistry } from './group-registry.js';
export type { VfioIommuDriver } from './iommu-driver.js';
export { VFIO_MINOR, Vfio } from './vfio.js';
