/** The IOMMU driver sPAPR TCE, for whoever puts a machine together. */
export type { SpaprTceOptions } from './partitionable-endpoint.js';
export { SpaprTceDriver } from './spapr-driver.js';
export {
  type IommuDriverRegistry,
  initSpaprTce,
  SPAPR_TCE_MODULE,
  type SpaprTceModule,
} from './spapr-module.js';
export { TceContainer } from './tce-container.js';
