/** The module `vfio_iommu_type1`: registers the driver with the core, shows its parameters. */
import { FaultReporter } from '../iommu/fault-reporter.js';
import { Iommu } from '../iommu/iommu.js';
import type { IommuGroup } from '../iommu/iommu-group.js';
import type { Kernel } from '../kernel/kernel.js';
import type { VfioIommuDriver } from '../vfio/index.js';
import { Type1Driver } from './type1-driver.js';
import { Type1Parameters, type Type1ParameterValues } from './parameters.js';

export const TYPE1_MODULE = 'vfio_iommu_type1';

/** Where IOMMU drivers are registered: the VFIO core. */
export interface IommuDriverRegistry {
  registerIommuDriver(driver: VfioIommuDriver): void;
  unregisterIommuDriver(driver: VfioIommuDriver): void;
}

/** What can be said when the module is loaded. */
export interface Type1ModuleOptions extends Type1ParameterValues {
  /** The IOMMU that a group is behind. Default: one for all, with default options. */
  readonly iommuOf?: (group: IommuGroup) => Iommu;
  /** Where faults are reported. Default: a reporter of the module's own. */
  readonly faults?: FaultReporter;
}

/** The loaded module. */
export interface Type1Module {
  readonly driver: Type1Driver;
  readonly parameters: Type1Parameters;
  /** Reports what devices did that no mapping allows. */
  readonly faults: FaultReporter;
  /** Unloads the module. Containers that use the driver keep it. */
  exit(): void;
}

/** Loads the module. @throws KernelError when the core refuses the driver */
export function initType1(
  kernel: Kernel,
  vfio: IommuDriverRegistry,
  options: Type1ModuleOptions = {},
): Type1Module {
  const fallback = new Iommu();
  const { iommuOf = () => fallback } = options;
  const owner = kernel.module(TYPE1_MODULE);
  const parameters = new Type1Parameters(options);
  const { iommuFault } = kernel.diagnostics;
  const faults = options.faults ?? new FaultReporter(kernel.log, kernel.timers, iommuFault);
  const driver = new Type1Driver({ kernel, owner, parameters, faults, iommuOf });
  vfio.registerIommuDriver(driver);
  const directory = kernel.root.directoryAt(`sys/module/${TYPE1_MODULE}`);
  parameters.show(directory);
  return {
    driver,
    parameters,
    faults,
    exit: () => {
      directory.remove('parameters');
      vfio.unregisterIommuDriver(driver);
    },
  };
}
