/**
 * What is in the slots of a machine, whether the kernel has found it or not: the plans of functions, the
 * buses they make and the addresses they have. Never changed; plugging makes new ones.
 */
import { assignAddresses, type Assignment } from './firmware.js';
import { formatPciAddress } from './pci-address.js';
import { type BusPlan, type FunctionPlan, PciPlanError, planBuses } from './plan.js';
import { checkWindows } from './window-check.js';

export class Slots {
  readonly plans: readonly FunctionPlan[];
  /** Buses without a bridge above, with all below. */
  readonly roots: readonly BusPlan[];
  readonly assignment: Assignment;

  private constructor(
    plans: readonly FunctionPlan[],
    roots: readonly BusPlan[],
    assignment: Assignment,
  ) {
    this.plans = plans;
    this.roots = roots;
    this.assignment = assignment;
  }

  /** Slots as firmware finds them. @throws PciPlanError */
  static holding(plans: readonly FunctionPlan[]): Slots {
    const roots = planBuses(plans);
    return new Slots(plans, roots, assignAddresses(roots));
  }

  /**
   * The same with one more function; what was there keeps its addresses.
   * @param numbers of the buses behind bridges that are there
   * @throws PciPlanError
   */
  with(plan: FunctionPlan, numbers: ReadonlyMap<FunctionPlan, number>): Slots {
    if (plan.address.function !== 0) {
      const fix = 'plug it in at function 0 of a free slot';
      throw new PciPlanError(plan, 'a device is plugged in as a whole', fix);
    }
    const taken = this.plans.find(
      ({ address }) => formatPciAddress(address) === formatPciAddress(plan.address),
    );
    if (taken !== undefined) {
      const text = `there is a device already (${taken.description.model})`;
      throw new PciPlanError(plan, text, 'unplug that one first, or use another address');
    }
    const plans = [...this.plans, plan];
    const roots = planBuses(plans, numbers);
    const assignment = assignAddresses(roots, this.assignment);
    for (const root of roots) checkWindows(root, assignment);
    return new Slots(plans, roots, assignment);
  }

  /** The bus behind a bridge. */
  busBehind(bridge: FunctionPlan | undefined): BusPlan | undefined {
    const pending = [...this.roots];
    for (let bus = pending.pop(); bus !== undefined; bus = pending.pop()) {
      if (bus.bridge === bridge && bridge !== undefined) return bus;
      pending.push(...bus.children);
    }
    return undefined;
  }

  /** The same without some functions. */
  without(gone: ReadonlySet<FunctionPlan | undefined>): Slots {
    const isLeft = (plan: FunctionPlan): boolean => !gone.has(plan);
    const left = (bus: BusPlan): BusPlan => ({
      ...bus,
      functions: bus.functions.filter(isLeft),
      children: bus.children
        .filter(({ bridge }) => bridge === undefined || isLeft(bridge))
        .map(left),
    });
    const addresses = new Map([...this.assignment.addresses].filter(([plan]) => isLeft(plan)));
    const windows = new Map([...this.assignment.windows].filter(([plan]) => isLeft(plan)));
    return new Slots(this.plans.filter(isLeft), this.roots.map(left), { addresses, windows });
  }
}
