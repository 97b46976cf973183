/** The IOMMU driver type1, for whoever puts a machine together. */
export { Type1Driver } from './type1-driver.js';
export { Type1Iommu } from './type1-iommu.js';
export {
  type IommuDriverRegistry,
  initType1,
  TYPE1_MODULE,
  type Type1Module,
  type Type1ModuleOptions,
} from './type1-module.js';
