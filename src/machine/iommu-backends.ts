/** IOMMU back ends, loaded as modules when the VFIO core asks for them. */
import type { FaultReporter } from '../iommu/fault-reporter.js';
import type { Iommu } from '../iommu/iommu.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Vfio } from '../vfio/index.js';
import { initSpaprTce, SPAPR_TCE_MODULE } from '../vfio-iommu-spapr-tce/index.js';
import { initType1, TYPE1_MODULE } from '../vfio-iommu-type1/index.js';
import type { IommuBackend } from './description.js';

/** What a back end becomes part of. */
export interface BackendPlace {
  readonly kernel: Kernel;
  readonly vfio: Vfio;
  /** The IOMMU that all groups are behind; without one there are no groups. */
  readonly iommu: Iommu | undefined;
  /** Where devices' refused accesses are reported. */
  readonly faults: FaultReporter;
  /** The back ends that there are to be. */
  readonly backends: readonly IommuBackend[];
}

/** Loads the module of this name, if it is of one of the back ends that there are to be. */
export function loadIommuBackend(name: string, place: BackendPlace): void {
  const { kernel, vfio, iommu, faults, backends } = place;
  if (name === TYPE1_MODULE && backends.includes('type1')) {
    initType1(kernel, vfio, iommu === undefined ? { faults } : { faults, iommuOf: () => iommu });
  }
  if (name === SPAPR_TCE_MODULE && backends.includes('spapr-tce')) {
    initSpaprTce(kernel, vfio, { faults });
  }
}
