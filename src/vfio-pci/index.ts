/** The PCI bus driver of VFIO. */
export { VfioPciDriver } from './driver.js';
