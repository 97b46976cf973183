/** What is to be on the PCI buses of a machine, checked for being possible. */
import type { FunctionDescription } from './device-model.js';
import { barProblem } from './function-check.js';
import { type PciAddress, formatBus, formatPciAddress } from './pci-address.js';

/** One function that is to be there. */
export interface FunctionPlan {
  readonly address: PciAddress;
  readonly description: FunctionDescription;
  /**
   * Its IOMMU group: functions with an equal value share one, and a number is the group's number.
   * Default: as the topology has it.
   */
  readonly group?: number | string | undefined;
}

/** A plan that can't be: which function is at fault, and why. */
export class PciPlanError extends Error {
  override readonly name = 'PciPlanError';
  /** The plan at fault. */
  readonly plan: FunctionPlan;
  /** What to do about it. */
  readonly fix: string;

  constructor(plan: FunctionPlan, text: string, fix: string, options?: ErrorOptions) {
    super(`${formatPciAddress(plan.address)}: ${text}`, options);
    this.plan = plan;
    this.fix = fix;
  }
}

/** A bus that is to be, with the bridge it is behind. */
export interface BusPlan {
  readonly domain: number;
  readonly number: number;
  readonly bridge: FunctionPlan | undefined;
  /** By slot and function. */
  readonly functions: readonly FunctionPlan[];
  /** Buses behind the bridges on it, in the bridges' order. */
  readonly children: readonly BusPlan[];
  /** The highest bus number behind. */
  readonly subordinate: number;
}

/**
 * Puts functions on buses: root buses, which are bus 0 of each domain and those that functions say they
 * are on, and those that bridges lead to.
 * @param known numbers of buses behind bridges that are there already
 * @returns the root buses
 * @throws PciPlanError
 */
export function planBuses(
  plans: readonly FunctionPlan[],
  known: ReadonlyMap<FunctionPlan, number> = new Map(),
): BusPlan[] {
  const byBus = new Map<string, FunctionPlan[]>();
  const seen = new Set<string>();
  for (const plan of plans) {
    const name = formatPciAddress(plan.address);
    if (seen.has(name))
      throw new PciPlanError(plan, 'the address is used twice', 'use another one');
    seen.add(name);
    const problem = barProblem(plan.description);
    if (problem !== undefined) throw new PciPlanError(plan, problem, 'change the description');
    const bus = formatBus(plan.address.domain, plan.address.bus);
    byBus.set(bus, [...(byBus.get(bus) ?? []), plan]);
  }
  for (const functions of byBus.values()) checkSlots(functions);
  const numbers = new BusNumbers(plans, known);
  const planned = new Set<FunctionPlan>();
  const roots = rootBuses(plans).map(({ domain, bus }) =>
    planBus(domain, bus, undefined, byBus, numbers, planned),
  );
  for (const plan of plans) {
    if (planned.has(plan)) continue;
    const bus = formatBus(plan.address.domain, plan.address.bus);
    throw new PciPlanError(
      plan,
      `there is no bus ${bus}`,
      'add a bridge that leads to it, use bus 00, or say root_bus: true',
    );
  }
  return roots;
}

/** By number. A domain in which nothing is said of root buses has bus 0. */
function rootBuses(plans: readonly FunctionPlan[]): Pick<PciAddress, 'domain' | 'bus'>[] {
  const named = plans
    .filter(({ address, description }) => address.bus === 0 || description.isOnRootBus === true)
    .map(({ address }) => address);
  const unnamed = plans
    .map(({ address }) => address)
    .filter(({ domain }) => !named.some((address) => address.domain === domain));
  const roots = new Map<string, Pick<PciAddress, 'domain' | 'bus'>>();
  for (const { domain, bus } of named) roots.set(formatBus(domain, bus), { domain, bus });
  for (const { domain } of unnamed) roots.set(formatBus(domain, 0), { domain, bus: 0 });
  return [...roots.values()].sort((a, b) => a.domain - b.domain || a.bus - b.bus);
}

function checkSlots(functions: FunctionPlan[]): void {
  functions.sort(
    (a, b) => a.address.slot - b.address.slot || a.address.function - b.address.function,
  );
  let previous: FunctionPlan | undefined;
  for (const plan of functions) {
    if (previous?.address.slot !== plan.address.slot && plan.address.function !== 0) {
      const fix = 'put a device at function 0, without which the others are not found';
      throw new PciPlanError(plan, 'there is no function 0 in its slot', fix);
    }
    previous = plan;
  }
}

function planBus(
  domain: number,
  number: number,
  bridge: FunctionPlan | undefined,
  byBus: ReadonlyMap<string, FunctionPlan[]>,
  numbers: BusNumbers,
  planned: Set<FunctionPlan>,
): BusPlan {
  const functions = byBus.get(formatBus(domain, number)) ?? [];
  const children: BusPlan[] = [];
  for (const plan of functions) {
    planned.add(plan);
    if (plan.description.bridge === undefined) continue;
    const behind = numbers.behind(plan);
    children.push(planBus(domain, behind, plan, byBus, numbers, planned));
  }
  const subordinate = Math.max(number, ...children.map((child) => child.subordinate));
  return { domain, number, bridge, functions, children, subordinate };
}

/** Numbers of the buses behind bridges: what bridges say, else the next free one. */
class BusNumbers {
  readonly #used = new Map<string, FunctionPlan | undefined>();
  readonly #known: ReadonlyMap<FunctionPlan, number>;

  constructor(plans: readonly FunctionPlan[], known: ReadonlyMap<FunctionPlan, number>) {
    this.#known = known;
    for (const { domain, bus } of rootBuses(plans))
      this.#used.set(formatBus(domain, bus), undefined);
    for (const plan of plans) {
      const number = this.#wanted(plan);
      if (number === undefined) continue;
      const name = formatBus(plan.address.domain, number);
      if (number === 0 || this.#used.has(name)) {
        throw new PciPlanError(
          plan,
          `bus ${name} is taken`,
          'give the bridge another secondary bus',
        );
      }
      this.#used.set(name, plan);
    }
  }

  behind(plan: FunctionPlan): number {
    const { domain } = plan.address;
    const wanted = this.#wanted(plan);
    if (wanted !== undefined) return wanted;
    for (let number = plan.address.bus + 1; number < 256; number++) {
      const name = formatBus(domain, number);
      if (this.#used.has(name)) continue;
      this.#used.set(name, plan);
      return number;
    }
    throw new PciPlanError(plan, 'there is no bus number left', 'use fewer bridges');
  }

  #wanted(plan: FunctionPlan): number | undefined {
    return this.#known.get(plan) ?? plan.description.bridge?.secondaryBus;
  }
}
