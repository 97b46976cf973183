/**
 * PCI in one kernel: the buses with their functions, the driver-model bus `pci` that drivers register
 * on, IOMMU groups, and all of it in sysfs. Functions are found from a plan, as a scan finds them in
 * hardware; what is removed can be found again by a rescan.
 */
import { iommuGroupOf } from '../iommu/iommu-group.js';
import type { Iommu } from '../iommu/iommu.js';
import { Bus, type BusEvent } from '../kernel/bus.js';
import type { Device } from '../kernel/device.js';
import type { DeviceDriver } from '../kernel/driver.js';
import { kernelError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Task } from '../kernel/task.js';
import { Networks } from '../net/networks.js';
import { writeBridgeRegisters } from './bridge.js';
import type { PciBus } from './bus.js';
import type { PciDriver } from './driver.js';
import { type PciFunction, pciFunctionOf } from './function.js';
import { PciIommuGroups } from './iommu-groups.js';
import { IrqNumbers } from './irq-numbers.js';
import { formatPciAddress } from './pci-address.js';
import type { PciOptions } from './pci-options.js';
import { PciMatching } from './pci-id-match.js';
import { type BusPlan, type FunctionPlan, PciPlanError } from './plan.js';
import { Removals } from './removals.js';
import { Scan } from './scan.js';
import { Slots } from './slots.js';
import { PciSysfs } from './sysfs/pci-sysfs.js';

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
  readonly #scan = new Scan(this);
  readonly #removals = new Removals();
  /** Functions whose removal was asked for. */
  readonly #leaving = new Set<PciFunction>();
  readonly #drivers = new Map<DeviceDriver, PciDriver>();
  #groups: PciIommuGroups | undefined;

  constructor(kernel: Kernel, options: PciOptions = {}) {
    this.kernel = kernel;
    this.#options = options;
    this.iommu = options.iommu;
    this.networks = options.networks ?? new Networks(kernel);
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
    return this.#scan.rootBuses;
  }

  /** IOMMU groups there are. */
  get groupCount(): number {
    return this.#groups?.groups.size ?? 0;
  }

  /** All functions that are there, in the order a scan finds them. */
  get functions(): readonly PciFunction[] {
    return this.#scan.rootBuses.flatMap((bus) => bus.functionsBelow);
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
    this.#scan.slots = Slots.holding(plans);
    if (this.iommu !== undefined) {
      const reserved = plans.map(({ group }) => group).filter((key) => typeof key === 'number');
      this.#groups = new PciIommuGroups(this.kernel.faults, new Set(reserved));
      this.#groups.onGroup = (group) => this.sysfs.showGroup(group);
      this.sysfs.showIommu(this.iommu);
    }
    this.#scan.find({});
  }

  /** What is in the slots: functions that are there, and those that a rescan would find again. */
  get planned(): readonly FunctionPlan[] {
    return this.#scan.slots.plans;
  }

  /** The numbers of the buses behind bridges that are there. */
  #busNumbers(): ReadonlyMap<FunctionPlan, number> {
    const numbers = new Map<FunctionPlan, number>();
    for (const member of this.functions) {
      const plan = this.#scan.planOf(member);
      const { secondaryBus } = member;
      if (plan !== undefined && secondaryBus !== undefined) numbers.set(plan, secondaryBus.number);
    }
    return numbers;
  }

  /**
   * Puts a device into a slot while the machine runs; it is found at once (`pciehp_configure_device`).
   * @param check looks at what the buses will be before anything changes
   * @throws PciPlanError when it can't be there, or what `check` throws; nothing has changed then
   */
  plug(plan: FunctionPlan, check?: (roots: readonly BusPlan[]) => void): PciFunction {
    const before = this.#scan.slots;
    const after = before.with(plan, this.#busNumbers());
    check?.(after.roots);
    this.#checkBridges(plan);
    this.#scan.slots = after;
    try {
      this.#scan.find({ only: plan });
    } catch (error) {
      this.#scan.slots = before;
      throw error;
    }
    const found = this.functionAt(formatPciAddress(plan.address));
    if (found === undefined) throw kernelError('ENODEV');
    for (const bridge of found.bus.bridges) this.#widen(bridge);
    return found;
  }

  /** @throws PciPlanError when a bridge that it would be behind is on its way out, with all behind it */
  #checkBridges(plan: FunctionPlan): void {
    const { domain, bus } = plan.address;
    const above = this.functions.find(
      ({ secondaryBus }) => secondaryBus?.domain === domain && secondaryBus.number === bus,
    );
    const bridges = above === undefined ? [] : [above, ...above.bus.bridges];
    const leaving = bridges.find((bridge) => this.#leaving.has(bridge));
    if (leaving === undefined) return;
    const text = `the bridge ${leaving.device.name} is being removed`;
    throw new PciPlanError(plan, text, 'wait until it is gone, or use another bus');
  }

  /** The windows of a bridge have to lead to what was plugged in behind it. */
  #widen(bridge: PciFunction): void {
    const plan = this.#scan.planOf(bridge);
    const behind = this.#scan.slots.busBehind(plan);
    if (plan === undefined || behind === undefined) return;
    writeBridgeRegisters(bridge, behind, this.#scan.slots.assignment.windows.get(plan));
  }

  /**
   * Takes a device, and all behind it, out of its slot: removes it first, which sleeps while it is in
   * use. No rescan finds it any more.
   */
  async unplug(member: PciFunction, task: Task): Promise<void> {
    const members = [member, ...(member.secondaryBus?.functionsBelow ?? [])];
    const gone = new Set(members.map((one) => this.#scan.planOf(one)));
    await this.remove(member, task);
    this.#scan.slots = this.#scan.slots.without(gone);
  }

  /**
   * Looks for functions that are not there yet (`pci_rescan_bus`): all, or those on and below a bus. Sleeps
   * while functions are being removed.
   */
  rescan(within?: PciBus): void | Promise<void> {
    const { current } = this.#removals;
    if (current !== undefined) return current.then(() => this.rescan(within));
    this.#scan.find(within === undefined ? {} : { within });
  }

  /**
   * Takes a function, and all behind it, out of the machine (`remove`). Sleeps while it is in use, or while
   * another is being removed.
   * @throws ENODEV when it is not there
   */
  async remove(member: PciFunction, task: Task): Promise<void> {
    const isThere = () => this.functionAt(member.device.name) === member;
    if (!isThere()) throw kernelError('ENODEV');
    this.#leaving.add(member);
    const gone = this.#removals.run(isThere, () => this.#removeTree(member, task));
    await gone.finally(() => this.#leaving.delete(member));
  }

  /** Whether a removal is under way: others, and rescans, come after it. */
  get isRemoving(): boolean {
    return this.#removals.current !== undefined;
  }

  async #removeTree(member: PciFunction, task: Task): Promise<void> {
    for (const below of [...(member.secondaryBus?.functions ?? [])]) {
      await this.#removeTree(below, task);
    }
    await this.bus.removeDevice(member.device, task);
    if (member.secondaryBus !== undefined) this.sysfs.hideBus(member.secondaryBus);
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
        this.#groups?.add(member, this.#scan.planOf(member)?.group);
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
