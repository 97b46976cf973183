export { initNoIommu } from './noiommu-module.js';
