/** Finding functions on the buses, as the kernel scans them, from what is in the slots. */
import { Device } from '../kernel/device.js';
import { setBridgeRegisters } from './bridge.js';
import { PciBus } from './bus.js';
import type { PciFunction } from './function.js';
import type { FunctionPlace } from './function-place.js';
import { routeInterrupt } from './interrupt-routing.js';
import { newFunction, takeFromFirmware } from './new-function.js';
import type { Pci } from './pci.js';
import { formatPciAddress } from './pci-address.js';
import type { BusPlan, FunctionPlan } from './plan.js';
import { findResetMethods } from './reset.js';
import { Slots } from './slots.js';

/** What a scan looks for: everything, what is on and behind a bus, or one function. */
export interface Search {
  readonly within?: PciBus;
  readonly only?: FunctionPlan;
}

export class Scan {
  slots = Slots.holding([]);
  readonly #pci: Pci;
  readonly #rootBuses: PciBus[] = [];
  readonly #plans = new WeakMap<PciFunction, FunctionPlan>();

  constructor(pci: Pci) {
    this.#pci = pci;
  }

  /** Buses without a bridge above, by domain. */
  get rootBuses(): readonly PciBus[] {
    return this.#rootBuses;
  }

  /** What a function was made from. */
  planOf(member: PciFunction): FunctionPlan | undefined {
    return this.#plans.get(member);
  }

  /** Finds what is not there yet; found functions are announced when the buses below a root are complete. */
  find(search: Search): void {
    for (const root of this.slots.roots) {
      let bus = this.#rootBuses.find(
        ({ domain, number }) => domain === root.domain && number === root.number,
      );
      if (bus === undefined) {
        bus = new PciBus(root.domain, root.number);
        this.#rootBuses.push(bus);
        this.#pci.sysfs.showRootBus(bus);
      }
      const isWanted = search.within === undefined || search.within === bus;
      const found = this.#scan(root, bus, search, isWanted);
      for (const member of found) this.#announce(member);
    }
  }

  /** Finds what is new on a bus and behind it, in the order of a scan: a bus whole, then those behind. */
  #scan(plan: BusPlan, bus: PciBus, search: Search, inside: boolean): PciFunction[] {
    const found: PciFunction[] = [];
    if (inside) {
      for (const functionPlan of plan.functions) {
        if (search.only !== undefined && search.only !== functionPlan) continue;
        const name = formatPciAddress(functionPlan.address);
        if (bus.functions.some(({ device }) => device.name === name)) continue;
        found.push(this.#create(functionPlan, bus, plan));
      }
    }
    for (const child of plan.children) {
      const bridge = bus.functions.find((member) => this.#plans.get(member) === child.bridge);
      if (bridge === undefined) continue;
      bridge.secondaryBus ??= this.#createBus(child, bridge);
      const behind = bridge.secondaryBus;
      found.push(...this.#scan(child, behind, search, inside || search.within === behind));
    }
    return found;
  }

  #createBus(plan: BusPlan, bridge: PciFunction): PciBus {
    const bus = new PciBus(plan.domain, plan.number, bridge);
    this.#pci.sysfs.showBusBehind(bridge, bus, plan.subordinate);
    return bus;
  }

  #create(plan: FunctionPlan, bus: PciBus, busPlan: BusPlan): PciFunction {
    const { address, description } = plan;
    const name = formatPciAddress(address);
    const bridges = bus.bridges.map((bridge) => bridge.address);
    const route = routeInterrupt(description.interruptPin ?? 0, address, bridges);
    const parent = this.#pci.sysfs.directoryOf(bus);
    const directory = parent.directory(name);
    const place: FunctionPlace = {
      kernel: this.#pci.kernel,
      networks: this.#pci.networks,
      address,
      device: new Device(name, directory),
      bus,
      addresses: this.slots.assignment.addresses.get(plan) ?? new Map(),
      routedIrq: route.irq,
      interruptLine: route.line,
      irqNumbers: this.#pci.irqNumbers,
      isMultifunction:
        address.function === 0 &&
        busPlan.functions.some((other) => other !== plan && other.address.slot === address.slot),
    };
    const member = orUndo(
      () => newFunction(plan, place),
      () => parent.remove(name),
    );
    this.#plans.set(member, plan);
    const child = busPlan.children.find(({ bridge }) => bridge === plan);
    if (child !== undefined)
      setBridgeRegisters(member, child, this.slots.assignment.windows.get(plan));
    member.resetMethods = findResetMethods(member);
    bus.add(member);
    this.#pci.sysfs.showFunction(member);
    return member;
  }

  /** Puts a function that was found on the driver-model bus, which looks for its driver. */
  #announce(member: PciFunction): void {
    takeFromFirmware(member);
    this.#pci.bus.addDevice(member.device);
  }
}

/** Makes something; when that fails, what was done for it is undone. */
function orUndo<T>(make: () => T, undo: () => void): T {
  try {
    return make();
  } catch (error) {
    undo();
    throw error;
  }
}
