/** IOMMU back ends, loaded as modules when the VFIO core asks for them. */
import type { Iommu } from '../iommu/iommu.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Vfio } from '../vfio/index.js';
import { initType1, TYPE1_MODULE } from '../vfio-iommu-type1/index.js';
import type { IommuBackend } from './description.js';

/** What a back end becomes part of. */
export interface BackendPlace {
  readonly kernel: Kernel;
  readonly vfio: Vfio;
  /** The IOMMU that all groups are behind. */
  readonly iommu: Iommu;
}

/** Loads the module of this name, if it is of one of the back ends that there are to be. */
export function loadIommuBackend(
  name: string,
  backends: readonly IommuBackend[],
  place: () => BackendPlace,
): void {
  if (name === TYPE1_MODULE && backends.includes('type1')) {
    const { kernel, vfio, iommu } = place();
    initType1(kernel, vfio, { iommuOf: () => iommu });
  }
}
