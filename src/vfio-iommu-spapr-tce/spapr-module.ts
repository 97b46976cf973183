/** The module `vfio_iommu_spapr_tce`: registers the driver with the core. */
import { FaultReporter } from '../iommu/fault-reporter.js';
import type { Kernel } from '../kernel/kernel.js';
import type { VfioIommuDriver } from '../vfio/index.js';
import { type SpaprTceOptions, spaprTceHardware } from './partitionable-endpoint.js';
import { SpaprTceDriver } from './spapr-driver.js';

export const SPAPR_TCE_MODULE = 'vfio_iommu_spapr_tce';

/** Where IOMMU drivers are registered: the VFIO core. */
export interface IommuDriverRegistry {
  registerIommuDriver(driver: VfioIommuDriver): void;
  unregisterIommuDriver(driver: VfioIommuDriver): void;
}

/** The loaded module. */
export interface SpaprTceModule {
  readonly driver: SpaprTceDriver;
  /** Reports what devices did that no mapping allows. */
  readonly faults: FaultReporter;
  /** Unloads the module. Containers that use the driver keep it. */
  exit(): void;
}

/** Loads the module; faults go to the reporter given, or one of its own. @throws KernelError when the core refuses the driver */
export function initSpaprTce(
  kernel: Kernel,
  vfio: IommuDriverRegistry,
  options: SpaprTceOptions & { readonly faults?: FaultReporter } = {},
): SpaprTceModule {
  const owner = kernel.module(SPAPR_TCE_MODULE);
  const { log, timers, diagnostics } = kernel;
  const faults = options.faults ?? new FaultReporter(log, timers, diagnostics.iommuFault);
  const hardware = spaprTceHardware(options);
  const driver = new SpaprTceDriver({ kernel, owner, hardware, faults });
  vfio.registerIommuDriver(driver);
  return { driver, faults, exit: () => vfio.unregisterIommuDriver(driver) };
}
