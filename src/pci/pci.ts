/**
 * PCI in one kernel: the buses with their functions, the driver-model bus `pci` that drivers register
 * on, IOMMU groups, and all of it in sysfs. Functions are found from a plan, as a scan finds them in
 * hardware; what is removed can be found again by a rescan.
 */
import { type IommuGroup, iommuGroupOf } from '../iommu/iommu-group.js';
import type { Iommu } from '../iommu/iommu.js';
import { Bus, type BusEvent } from '../kernel/bus.js';
import { Device } from '../kernel/device.js';
import type { DeviceDriver } from '../kernel/driver.js';
import { kernelError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Task } from '../kernel/task.js';
import { Networks } from '../net/networks.js';
import { setBridgeRegisters } from './bridge.js';
import { PciBus } from './bus.js';
import { PCI_ANY_ID, type PciDriver } from './driver.js';
import { assignAddresses, type Assignment } from './firmware.js';
import { type PciFunction, pciFunctionOf } from './function.js';
import { routeInterrupt } from './interrupt-routing.js';
import { PciIommuGroups } from './iommu-groups.js';
import { IrqNumbers } from './irq-numbers.js';
import { newFunction, takeFromFirmware } from './new-function.js';
import { formatPciAddress } from './pci-address.js';
import { PciMatching } from './pci-id-match.js';
import { type BusPlan, type FunctionPlan, planBuses } from './plan.js';
import { findResetMethods } from './reset.js';
import { PciSysfs } from './sysfs/pci-sysfs.js';

/** What can be said of PCI in a machine. */
export interface PciOptions {
  /** The IOMMU that DMA goes through; without one there are no groups. */
  readonly iommu?: Iommu | undefined;
  /**
   * What happens when a driver that does DMA of its own is to be bound to a member of a group that a
   * user owns: it is refused with EBUSY, as Linux ≥ 5.19 does, or bound, which ends the machine by the
   * core's BUG. Default: `refuse`.
   */
  readonly dmaOwnership?: 'refuse' | 'panic' | undefined;
  /** Whether a user owns the DMA of a group. Default: none does. */
  readonly isGroupOwned?: (group: IommuGroup) => boolean;
  /** What NICs are plugged into. Default: perfect networks, made as NICs name them. */
  readonly networks?: Networks;
}

/** Message interrupts are numbered from here: 24 is the IOMMU's own. */
const FIRST_MESSAGE_IRQ = 25;

export class Pci {
  readonly kernel: Kernel;
  /** The driver-model bus `pci`. */
  readonly bus: Bus;
  readonly iommu: Iommu | undefined;
  readonly matching = new PciMatching();
  readonly irqNumbers: IrqNumbers;
  readonly networks: Networks;
  readonly sysfs: PciSysfs;
  readonly #options: PciOptions;
  readonly #rootBuses: PciBus[] = [];
  readonly #drivers = new Map<DeviceDriver, PciDriver>();
  #roots: readonly BusPlan[] = [];
  #assignment: Assignment = { addresses: new Map(), windows: new Map() };
  #groups: PciIommuGroups | undefined;

  constructor(kernel: Kernel, options: PciOptions = {}) {
    this.kernel = kernel;
    this.#options = options;
    this.iommu = options.iommu;
    this.networks = options.networks ?? new Networks(kernel.timers);
    this.irqNumbers = new IrqNumbers({
      first: FIRST_MESSAGE_IRQ,
      isRemapped: options.iommu?.hasInterruptRemapping === true,
    });
    this.bus = new Bus(kernel.log, {
      name: 'pci',
      match: (device, driver) => this.#match(device, driver),
      beforeProbe: (device, driver) => this.#claimDma(device, driver),
    });
    this.sysfs = new PciSysfs(this);
    this.bus.notifier.register((event) => this.#changed(event));
  }

  /** Buses without a bridge above, by domain. */
  get rootBuses(): readonly PciBus[] {
    return this.#rootBuses;
  }

  /** IOMMU groups there are. */
  get groupCount(): number {
    return this.#groups?.groups.size ?? 0;
  }

  /** All functions that are there, in the order a scan finds them. */
  get functions(): readonly PciFunction[] {
    return this.#rootBuses.flatMap((bus) => bus.functionsBelow);
  }

  /** The function at `DDDD:BB:DD.F`. */
  functionAt(name: string): PciFunction | undefined {
    const device = this.bus.devices.get(name);
    return device === undefined ? undefined : pciFunctionOf(device);
  }

  /**
   * Puts functions on the buses, as firmware and a first scan would. To be called once.
   * @throws PciPlanError when they can't be
   */
  populate(plans: readonly FunctionPlan[]): void {
    this.#roots = planBuses(plans);
    this.#assignment = assignAddresses(this.#roots);
    if (this.iommu !== undefined) {
      const reserved = plans.map(({ group }) => group).filter((key) => typeof key === 'number');
      this.#groups = new PciIommuGroups(this.kernel.faults, new Set(reserved));
      this.#groups.onGroup = (group) => this.sysfs.showGroup(group);
      this.sysfs.showIommu(this.iommu);
    }
    this.rescan();
  }

  /** Looks for functions that are not there yet (`pci_rescan_bus`): all, or those on and below a bus. */
  rescan(within?: PciBus): void {
    for (const root of this.#roots) {
      let bus = this.#rootBuses.find(
        ({ domain, number }) => domain === root.domain && number === root.number,
      );
      if (bus === undefined) {
        bus = new PciBus(root.domain, root.number);
        this.#rootBuses.push(bus);
        this.sysfs.showRootBus(bus);
      }
      const found = this.#scan(root, bus, within, within === undefined || within === bus);
      for (const member of found) this.#announce(member);
    }
  }

  /** Takes a function, and all behind it, out of the machine (`remove`). Sleeps while it is in use. */
  async remove(member: PciFunction, task: Task): Promise<void> {
    for (const below of [...(member.secondaryBus?.functions ?? [])]) await this.remove(below, task);
    if (this.functionAt(member.device.name) !== member) throw kernelError('ENODEV');
    await this.bus.removeDevice(member.device, task);
    member.bus.remove(member);
    member.dispose();
  }

  /** Adds a driver and tries it on functions without one (`pci_register_driver`). */
  registerDriver(driver: PciDriver): void {
    this.#drivers.set(driver, driver);
    this.bus.addDriver(driver);
  }

  /** Removes a driver, unbinding its functions; may sleep (`pci_unregister_driver`). */
  async unregisterDriver(driver: PciDriver, task: Task): Promise<void> {
    await this.bus.removeDriver(driver, task);
    this.#drivers.delete(driver);
  }

  /** The PCI driver that a driver of the bus is. */
  driverOf(driver: DeviceDriver): PciDriver | undefined {
    return this.#drivers.get(driver);
  }

  /** Finds what is new on a bus and behind it, in the order of a scan: a bus whole, then those behind. */
  #scan(plan: BusPlan, bus: PciBus, within: PciBus | undefined, inside: boolean): PciFunction[] {
    const found: PciFunction[] = [];
    if (inside) {
      for (const functionPlan of plan.functions) {
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
      found.push(...this.#scan(child, behind, within, inside || within === behind));
    }
    return found;
  }

  readonly #plans = new WeakMap<PciFunction, FunctionPlan>();

  #createBus(plan: BusPlan, bridge: PciFunction): PciBus {
    const bus = new PciBus(plan.domain, plan.number, bridge);
    this.sysfs.showBusBehind(bridge, bus, plan.subordinate);
    return bus;
  }

  #create(plan: FunctionPlan, bus: PciBus, busPlan: BusPlan): PciFunction {
    const { address, description } = plan;
    const name = formatPciAddress(address);
    const bridges = [];
    for (let at = bus.bridge; at !== undefined; at = at.bus.bridge) bridges.push(at.address);
    const route = routeInterrupt(description.interruptPin ?? 0, address, bridges);
    const directory = this.sysfs.directoryOf(bus).directory(name);
    const member = newFunction(plan, {
      kernel: this.kernel,
      networks: this.networks,
      address,
      device: new Device(name, directory),
      bus,
      addresses: this.#assignment.addresses.get(plan) ?? new Map(),
      routedIrq: route.irq,
      interruptLine: route.line,
      irqNumbers: this.irqNumbers,
      isMultifunction:
        address.function === 0 &&
        busPlan.functions.some((other) => other !== plan && other.address.slot === address.slot),
    });
    this.#plans.set(member, plan);
    const child = busPlan.children.find(({ bridge }) => bridge === plan);
    if (child !== undefined) setBridgeRegisters(member, child, this.#assignment.windows.get(plan));
    member.resetMethods = findResetMethods(member);
    bus.add(member);
    this.sysfs.showFunction(member);
    return member;
  }

  /** Puts a function that was found on the driver-model bus, which looks for its driver. */
  #announce(member: PciFunction): void {
    takeFromFirmware(member);
    this.bus.addDevice(member.device);
  }

  #match(device: Device, driver: DeviceDriver): boolean {
    const member = pciFunctionOf(device);
    const pciDriver = this.#drivers.get(driver);
    return (
      member !== undefined && pciDriver !== undefined && this.matching.matches(member, pciDriver)
    );
  }

  /** While a user owns a group's DMA, only drivers that leave it alone may have a member. */
  #claimDma(device: Device, driver: DeviceDriver): void {
    if (this.#options.dmaOwnership === 'panic') return;
    if (this.#drivers.get(driver)?.managesDma === true) return;
    const group = iommuGroupOf(device);
    if (group !== undefined && this.#options.isGroupOwned?.(group) === true) {
      throw kernelError('EBUSY');
    }
  }

  /** What happens on the bus, done for the function and told to its group (`iommu_bus_notifier`). */
  #changed({ action, device }: BusEvent): void {
    const member = pciFunctionOf(device);
    if (member === undefined) return;
    const group = iommuGroupOf(device);
    switch (action) {
      case 'add-device':
        this.#groups?.add(member, this.#plans.get(member)?.group);
        this.sysfs.showInGroup(member);
        return;
      case 'remove-device':
        this.sysfs.hideInGroup(member);
        this.#groups?.remove(member);
        return;
      case 'bind-driver':
        member.beginUse();
        break;
      case 'driver-not-bound':
        member.endUse();
        return;
      case 'unbound-driver':
        member.endUse();
        break;
      default:
    }
    this.sysfs.driverChanged(member, action);
    group?.notify({ action, device });
  }
}

/** An id that takes every function. */
export const ANY_PCI_ID = Object.freeze({
  vendor: PCI_ANY_ID,
  device: PCI_ANY_ID,
  subsystemVendor: PCI_ANY_ID,
  subsystem: PCI_ANY_ID,
  class: 0,
  classMask: 0,
});
