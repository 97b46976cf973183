/**
 * From a description to what is to be built: models found, options understood, addresses given out.
 * All that can be said against a description is said here, before anything is built.
 */
import type { IommuOptions } from '../iommu/iommu.js';
import { NetworkPlanError } from '../net/network-plan.js';
import { PciPlanError, planBuses } from '../pci/plan.js';
import type { IommuBackend, MachineDescription } from './description.js';
import { checkShape } from './description.js';
import { DescriptionError, type DescriptionProblem, type Locate } from './description-error.js';
import { checkGroups } from './group-check.js';
import { type PlannedFault, planFaults } from './faults/fault-plan.js';
import { planIommu } from './iommu-plan.js';
import { type DeviceModels, type PlannedFunction, planDevices } from './device-plan.js';
import { type PlannedDriver, planDrivers } from './driver-plan.js';
import { type PlannedNetwork, planNetworks } from './network-plan.js';

/** A machine that can be built. */
export class MachinePlan {
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly iommuBackends: readonly IommuBackend[];
  /** Absent on a machine without one. */
  readonly iommu: IommuOptions | undefined;
  readonly unsafeNoIommu: boolean;
  readonly dmaOwnership: 'refuse' | 'panic';
  readonly drivers: readonly PlannedDriver[];
  readonly networks: readonly PlannedNetwork[];
  readonly functions: readonly PlannedFunction[];
  readonly faults: readonly PlannedFault[];
  readonly faultSeed: number;
  readonly #locate: Locate | undefined;

  /**
   * @param locate says in errors where the description's parts are written
   * @throws DescriptionError with all problems
   */
  constructor(description: MachineDescription, models: DeviceModels, locate?: Locate) {
    const shape = checkShape(description);
    if ('problems' in shape) throw new DescriptionError(shape.problems, locate);
    const problems: DescriptionProblem[] = [];
    const { owner, iommu = {}, networks = [], devices } = shape.description;
    this.owner = owner;
    this.iommuBackends = iommu.types ?? ['type1'];
    const iommuOptions = planIommu(iommu, problems);
    this.unsafeNoIommu = iommu.unsafeNoIommu ?? false;
    this.iommu = iommu.present === false ? undefined : iommuOptions;
    this.dmaOwnership = shape.description.dmaOwnership ?? 'refuse';
    this.drivers = planDrivers(shape.description, problems);
    this.networks = planNetworks(networks, devices, problems);
    this.functions = planDevices(devices, models, problems);
    this.faults = planFaults(shape.description.faults ?? [], problems);
    this.faultSeed = shape.description.faultSeed ?? 0;
    this.#locate = locate;
    if (problems.length > 0) throw new DescriptionError(problems, locate);
    this.explaining(() => checkGroups(planBuses(this.functions)));
  }

  /** Builds something from the plan; what can't be built is explained in terms of the description. */
  explaining<T>(build: () => T): T {
    try {
      return build();
    } catch (error) {
      if (error instanceof NetworkPlanError) {
        const { path } = this.networks.find((planned) => planned === error.plan) ?? { path: [] };
        throw this.problem({ path: [...path, error.key], text: error.message, fix: error.fix });
      }
      if (!(error instanceof PciPlanError)) throw error;
      const { path = ['devices'] } = this.functions.find((planned) => planned === error.plan) ?? {};
      throw this.problem({ path, text: error.message, fix: error.fix, cause: error.cause });
    }
  }

  /** An error that says where in the description a problem is. */
  problem(problem: DescriptionProblem): DescriptionError {
    return new DescriptionError([problem], this.#locate);
  }
}
