/**
 * Changing a machine while programs run on it: devices plugged in and pulled out, drivers bound and
 * unbound, interrupts raised by hand. What is asked here goes the kernel's own ways: a device in use is
 * asked for and waited for, as on Linux.
 */
import { iommuGroupOf } from '../iommu/iommu-group.js';
import { LocalDescriptorTable } from '../kernel/descriptor-table.js';
import { KernelError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import { LocalMemory } from '../kernel/local-memory.js';
import { ROOT_CREDENTIALS, Task } from '../kernel/task.js';
import { hostDriver } from '../pci/drivers/host-driver.js';
import { pciePort } from '../pci/drivers/pcieport.js';
import type { PciFunction } from '../pci/function.js';
import type { Pci } from '../pci/pci.js';
import { formatPciAddress, parsePciAddress } from '../pci/pci-address.js';
import { PciPlanError } from '../pci/plan.js';
import type { DeviceDescription } from './description.js';
import { checkShape } from './description.js';
import { DescriptionError, type DescriptionProblem, type Locate } from './description-error.js';
import { type DeviceModels, type PlannedFunction, planDevices } from './device-plan.js';
import { parseDeviceSpec } from './device-spec.js';
import { didYouMean } from './did-you-mean.js';
import { NO_DRIVER } from './driver-plan.js';
import { checkGroups } from './group-check.js';
import { RequestError } from './request-error.js';

/** What became of a device that was plugged in. */
export interface PluggedDevice {
  /** `0000:00:05.0` */
  readonly address: string;
  /** The number of its IOMMU group, on a machine with an IOMMU. */
  readonly group: number | undefined;
  /** The driver that took it. */
  readonly driver: string | undefined;
}

export interface UnplugOptions {
  /**
   * Whether it is pulled out under its user's hands: from then on every access finds all ones, and the
   * kernel removes what is left. Default: it is asked for, and stays usable until it is let go.
   */
  readonly isSurprise?: boolean;
}

export class HotPlug {
  readonly #kernel: Kernel;
  readonly #pci: Pci;
  readonly #models: DeviceModels;
  /** Sees to it that work goes on which nobody waits for. */
  background: (work: Promise<void>) => void = (work) => void work.catch(() => undefined);
  /** The kernel's own thread, which removes devices; nobody signals it. */
  readonly #worker: Task;

  constructor(kernel: Kernel, pci: Pci, models: DeviceModels) {
    this.#kernel = kernel;
    this.#pci = pci;
    this.#models = models;
    this.#worker = new Task({
      pid: 2,
      comm: 'kworker/pciehp',
      credentials: () => ROOT_CREDENTIALS,
      memlockLimit: () => Infinity,
      memory: new LocalMemory(),
      files: new LocalDescriptorTable(),
    });
  }

  /**
   * Plugs a device in, at the next free slot of bus 0 if it does not say where, and binds its driver.
   * @param device a description, or one in a word: `edu,addr=0000:00:05.0`
   * @throws DescriptionError
   */
  plug(device: DeviceDescription | string): PluggedDevice {
    const description = typeof device === 'string' ? parseDeviceSpec(device) : device;
    const locate: Locate | undefined =
      typeof device === 'string'
        ? () => ({ place: `--device '${device}'`, covers: 2 })
        : () => ({ place: 'the device', covers: 2 });
    const planned = this.#plan(description, locate);
    const member = this.#insert(planned, locate);
    if (planned.driver === undefined) this.#pci.bus.attachDriver(pciePort);
    else this.#bindFirst(member, planned.driver, locate);
    return {
      address: member.device.name,
      group: iommuGroupOf(member.device)?.id,
      driver: member.device.driver?.name,
    };
  }

  /**
   * Takes a device out of its slot, and all behind it if it is a bridge. Resolves when it is gone, which
   * is when nobody uses it any more.
   * @throws RequestError no-such-device
   */
  async unplug(address: string, { isSurprise = false }: UnplugOptions = {}): Promise<void> {
    const member = this.at(address);
    if (isSurprise) {
      for (const one of [member, ...(member.secondaryBus?.functionsBelow ?? [])])
        this.#pullOut(one);
    }
    await this.#pci.unplug(member, this.#worker);
  }

  /** Pulls a device out, as if somebody did it by hand; the kernel removes it when nobody uses it. */
  surprise(member: PciFunction): void {
    // Not in the middle of an access to it.
    this.#kernel.timers.set(0, () => {
      if (this.#pci.functionAt(member.device.name) !== member) return;
      this.background(this.unplug(member.device.name, { isSurprise: true }));
    });
  }

  /**
   * Gives a device to a driver, after its present one has let go of it, which may take until it is out
   * of use.
   * @throws RequestError no-such-device, no-such-driver, refused
   */
  async bind(address: string, driverName: string): Promise<void> {
    const member = this.at(address);
    const driver = this.#driver(driverName);
    const { device } = member;
    if (device.driver === driver) return;
    await this.#pci.bus.unbind(device, this.#worker);
    this.#pci.matching.setOverride(device, driverName);
    try {
      this.#pci.bus.bind(device, driver);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      const why = error.code === 'EBUSY' ? ': a program uses other devices of its group' : '';
      const text = `${device.name}: ${driverName} does not take it (${error.code})${why}`;
      throw new RequestError('refused', text);
    }
  }

  /** Takes a device from its driver; resolves when nobody uses it any more. @throws RequestError */
  async unbind(address: string): Promise<void> {
    await this.#pci.bus.unbind(this.at(address).device, this.#worker);
  }

  /**
   * Raises an interrupt that the device did not: of the kind its driver has enabled.
   * @throws RequestError no-such-device; no-interrupt when nobody could hear it
   */
  interrupt(address: string, vector = 0): void {
    const { interrupts, device } = this.at(address);
    const { kind, count } = interrupts;
    const refuse = (text: string): never => {
      throw new RequestError('no-interrupt', `${device.name}: ${text}`);
    };
    if (kind === undefined) refuse('no interrupts are enabled: its program has not asked for any');
    if (vector >= count) refuse(`has no vector ${vector}: ${count} enabled, numbered from 0`);
    if (kind === 'intx') interrupts.pulseIntx();
    else interrupts.send(vector);
  }

  /** The function at an address as users write it. @throws RequestError no-such-device */
  at(text: string): PciFunction {
    const address = parsePciAddress(text);
    const name = address === undefined ? text : formatPciAddress(address);
    const member = this.#pci.functionAt(name);
    if (member !== undefined) return member;
    const known = [...this.#pci.bus.devices.keys()];
    const hint =
      address === undefined
        ? `'${text}' is no PCI address: write 0000:00:05.0 or 00:05.0`
        : `there is no device at ${name}`;
    const fix = didYouMean(name, known) ?? `devices are at ${known.join(', ') || 'no address'}`;
    throw new RequestError('no-such-device', `${hint}: ${fix}`);
  }

  #plan(description: DeviceDescription, locate: Locate | undefined): PlannedFunction {
    const shape = checkShape({ devices: [description] });
    if ('problems' in shape) throw new DescriptionError(shape.problems, locate);
    const problems: DescriptionProblem[] = [];
    const taken = this.#pci.planned.map(({ address }) => address);
    const [planned] = planDevices(shape.description.devices, this.#models, problems, taken);
    if (problems.length > 0 || planned === undefined) throw new DescriptionError(problems, locate);
    if (planned.driver !== undefined) this.#driver(planned.driver);
    return planned;
  }

  /** Puts it on its bus; no driver takes it by itself before the one that is described for it. */
  #insert(planned: PlannedFunction, locate: Locate | undefined): PciFunction {
    const { bus } = this.#pci;
    const { autoprobe } = bus;
    bus.autoprobe = false;
    try {
      return this.#pci.plug(planned, checkGroups);
    } catch (error) {
      if (!(error instanceof PciPlanError)) throw error;
      throw new DescriptionError([{ path: [], text: error.message, fix: error.fix }], locate);
    } finally {
      bus.autoprobe = autoprobe;
    }
  }

  #bindFirst(member: PciFunction, driverName: string, locate: Locate | undefined): void {
    const { device } = member;
    this.#pci.matching.setOverride(device, driverName);
    try {
      this.#pci.bus.bind(device, this.#driver(driverName));
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      this.background(this.#pci.unplug(member, this.#worker));
      const text = `the driver ${driverName} does not take it (${error.code})`;
      throw new DescriptionError([{ path: [], text, fix: 'say driver=none' }], locate);
    }
  }

  /** A driver by name; one that nobody knows is a new one, unless the name looks misspelt. */
  #driver(name: string): Parameters<Pci['registerDriver']>[0] {
    const known = [...this.#pci.bus.drivers.keys()];
    const found = this.#pci.bus.drivers.get(name);
    const driver = found === undefined ? undefined : this.#pci.driverOf(found);
    if (driver !== undefined) return driver;
    const fix = didYouMean(name, [NO_DRIVER, ...known]);
    if (fix !== undefined || !/^[\w-]+$/.test(name)) {
      const all = fix ?? `drivers are ${known.join(', ')}`;
      throw new RequestError('no-such-driver', `there is no driver '${name}': ${all}`);
    }
    const added = hostDriver(this.#kernel, { name, ids: [] });
    this.#pci.registerDriver(added);
    return added;
  }

  /** What still has energy uses it; then the device is gone. */
  #pullOut(member: PciFunction): void {
    const holdMs = member.losePower();
    if (holdMs > 0) this.#kernel.timers.set(holdMs, () => member.disconnect());
    else member.disconnect();
  }
}
