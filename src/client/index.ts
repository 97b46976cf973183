/** `uvfio/client`: a typed VFIO client. See README.md. */
export { type AttachOptions, Attachment } from './attachment.js';
export { type Capability, capabilities } from './capability.js';
export { Container, type DmaMapping } from './container.js';
export { VfioDevice } from './device.js';
export { DmaBuffer, type DmaBufferOptions } from './dma-buffer.js';
export { VfioError } from './error.js';
export { Event } from './event.js';
export { Group, type GroupState } from './group.js';
export type { IommuInfo } from './iommu-info.js';
export { Irq, type Vectors } from './irq.js';
export { linuxSystem } from './linux-system.unsafe.js';
export { MappedRegion } from './mapped-region.js';
export { type PciDeviceEntry, devicesOfGroup, listPciDevices, pciDevice } from './pci-devices.js';
export { Region, type RegionArea } from './region.js';
export type { SystemMemory, VfioSystem } from './system.js';
