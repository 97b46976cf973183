/** The PCI bus driver of VFIO. */
export { type GroupsWithoutIommu, VfioPciDriver } from './driver.js';
