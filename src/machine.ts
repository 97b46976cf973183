/**
 * A machine: kernel, VFIO, IOMMU, PCI with its devices, and their drivers, put together from a
 * description. This is where the rooms meet; nothing below knows of anything but what it imports.
 *
 * @example
 * const machine = new Machine({ devices: [{ model: 'edu' }] });
 * const task = machine.task();
 * const container = task.open('/dev/vfio/vfio', O_RDWR);
 */
import { deviceModels } from './devices/index.js';
import { FaultReporter } from './iommu/fault-reporter.js';
import { Iommu } from './iommu/iommu.js';
import type { Disk, DiskRequest } from './kernel/disk.js';
import type { Diagnostics } from './kernel/diagnostics.js';
import { KernelError } from './kernel/error.js';
import { Kernel } from './kernel/kernel.js';
import type { LogEntry } from './kernel/log.js';
import type { MemoryObject } from './kernel/memory-object.js';
import { SystemCalls } from './kernel/system-calls.js';
import { type Credentials, ROOT_CREDENTIALS } from './kernel/task.js';
import type { Owner } from './kernel/tree.js';
import type { OpenFileHolder } from './machine/control/topology.js';
import { defaultMachine } from './machine/default-machine.js';
import type { DeviceDescription, MachineDescription } from './machine/description.js';
import { loadIommuBackend } from './machine/iommu-backends.js';
import type { PlannedFunction } from './machine/device-plan.js';
import type { PlannedFault } from './machine/faults/fault-plan.js';
import { Faults } from './machine/faults/faults.js';
import { HotPlug, type PluggedDevice, type UnplugOptions } from './machine/hot-plug.js';
import { MachineClock } from './machine/machine-clock.js';
import { MachinePlan } from './machine/machine-plan.js';
import { MachineTask, type MachineTaskOptions } from './machine/machine-task.js';
import { RequestError } from './machine/request-error.js';
import { VFIO_PCI_MODULES, showModules } from './machine/show-modules.js';
import { Networks } from './net/networks.js';
import type { NetworkSurroundings } from './net/surroundings.js';
import { hostDriver } from './pci/drivers/host-driver.js';
import { pciStub } from './pci/drivers/pci-stub.js';
import { pciePort } from './pci/drivers/pcieport.js';
import { formatPciAddress } from './pci/pci-address.js';
import { Pci } from './pci/pci.js';
import { hideUntranslatedGroup, showInUntranslatedGroup } from './pci/sysfs/untranslated-group.js';
import { Vfio } from './vfio/index.js';
import { initNoIommu } from './vfio-noiommu/index.js';
import { type GroupsWithoutIommu, VfioPciDriver } from './vfio-pci/index.js';

/** What the surroundings of a machine decide. */
export interface MachineOptions {
  /** Who owns `/dev` and `/sys`. Default: as the description has it, else root. */
  readonly owner?: Owner;
  /** Makes memory that devices and their clients share. Default: of this process alone. */
  readonly createMemory?: (name: string) => MemoryObject;
  /** Opens image files for devices with storage. Default: there are none, disks are in memory. */
  readonly openDisk?: (request: DiskRequest & { readonly file: string }) => Disk;
  /**
   * Whether a device model that throws is only reported in the log, and its device then does not answer.
   * Default: it is reported, and what it threw comes out of the call that made it, as a test wants it.
   */
  readonly containsModelDefects?: boolean;
  /** Files of captures, and what is outside of the machine for its networks. Default: nothing. */
  readonly networks?: NetworkSurroundings;
  /** Hears the kernel log from the beginning. */
  readonly log?: (entry: LogEntry) => void;
}

export class Machine {
  readonly kernel: Kernel;
  readonly systemCalls: SystemCalls;
  readonly vfio: Vfio;
  readonly pci: Pci;
  /** Accesses of devices that the IOMMU refused: how many, and each one from now on. */
  readonly iommuFaults: FaultReporter;
  readonly networks: Networks;
  /** The machine's time, which passes only when told to. */
  readonly clock: MachineClock;
  /** Plugging, pulling, binding while it runs. */
  readonly hotPlug: HotPlug;
  /** Faults on purpose. */
  readonly faults: Faults;
  readonly #owner: Owner;
  readonly #tasks: MachineTask[] = [];

  /**
   * @param description default: the machine of `uvfio run` without options
   * @throws DescriptionError, a line for each problem
   */
  constructor(
    description: MachineDescription | MachinePlan = defaultMachine,
    options: MachineOptions = {},
  ) {
    const plan =
      description instanceof MachinePlan ? description : new MachinePlan(description, deviceModels);
    const { createMemory, openDisk, containsModelDefects = false } = options;
    const iommu = plan.iommu === undefined ? undefined : new Iommu(plan.iommu);
    this.#owner = options.owner ?? plan.owner ?? { uid: 0, gid: 0 };
    this.kernel = new Kernel({
      owner: this.#owner,
      requestModule: (name) => {
        const { kernel, vfio, iommuFaults: faults } = this;
        loadIommuBackend(name, { kernel, vfio, iommu, faults, backends: plan.iommuBackends });
      },
      containsModelDefects,
      ...(createMemory === undefined ? {} : { createMemory }),
      ...(openDisk === undefined ? {} : { openDisk }),
    });
    if (options.log !== undefined) this.kernel.log.subscribe(options.log);
    const { log, timers, diagnostics } = this.kernel;
    this.iommuFaults = new FaultReporter(log, timers, diagnostics.iommuFault);
    this.clock = new MachineClock(this.kernel);
    this.systemCalls = new SystemCalls(this.kernel, (ms) => this.clock.pass(ms));
    this.networks = plan.explaining(
      () => new Networks(this.kernel, plan.networks, options.networks),
    );
    this.vfio = new Vfio(this.kernel);
    this.pci = new Pci(this.kernel, {
      iommu,
      dmaOwnership: plan.dmaOwnership,
      isGroupOwned: (group) => (this.vfio.groups?.find(group)?.users ?? 0) > 0,
      networks: this.networks,
    });
    try {
      plan.explaining(() => this.pci.populate(plan.functions));
    } catch (error) {
      this.networks.close();
      throw error;
    }
    this.hotPlug = new HotPlug(this.kernel, this.pci, deviceModels);
    this.vfio.init();
    showModules(this.kernel, VFIO_PCI_MODULES);
    this.#addDrivers(plan);
    this.faults = new Faults(
      { kernel: this.kernel, pci: this.pci, pullOut: (member) => this.hotPlug.surprise(member) },
      plan.faultSeed,
    );
    for (const spec of plan.faults) this.#addFault(plan, spec);
  }

  #addFault(plan: MachinePlan, { spec, path }: PlannedFault): void {
    try {
      this.faults.add(spec);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      throw plan.problem({ path, text: error.message });
    }
  }

  /** What happens in the machine, as it happens. */
  get diagnostics(): Diagnostics {
    return this.kernel.diagnostics;
  }

  /** A new process on the machine, for TypeScript in this one. */
  task(options: MachineTaskOptions = {}): MachineTask {
    const place = {
      pid: this.#tasks.length + 1,
      systemCalls: this.systemCalls,
      clock: this.clock,
      credentials: credentialsOf(this.#owner),
    };
    const task = new MachineTask(place, options);
    this.#tasks.push(task);
    return task;
  }

  /** Moves the machine's time on, with all that is due in it. */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  /**
   * Plugs a device in, and binds its driver.
   * @param device a description, or one in a word: `edu,addr=0000:00:05.0`
   * @throws DescriptionError
   */
  plug(device: DeviceDescription | string): PluggedDevice {
    return this.hotPlug.plug(device);
  }

  /**
   * Takes a device out of its slot. Resolves when it is gone: one that is in use is asked for first, and
   * again every 10 seconds of the machine's time.
   * @throws RequestError when there is none
   */
  async unplug(address: string, options?: UnplugOptions): Promise<void> {
    this.clock.start();
    await this.hotPlug.unplug(address, options);
  }

  /** Lets everything run that can, without time passing. */
  async settle(): Promise<void> {
    await this.clock.settle();
  }

  /** The files that the machine's own tasks have open or mapped, with whose they are. */
  get fileHolders(): OpenFileHolder[] {
    return this.#tasks.flatMap(({ task, heldFiles }) =>
      heldFiles.map((file) => ({ pid: task.pid, program: task.comm, file })),
    );
  }

  /** What the machine's own tasks have open: what a test looks at for leaks. */
  get openFiles(): {
    readonly pid: number;
    readonly fd: number | undefined;
    readonly name: string;
  }[] {
    return this.#tasks.flatMap(({ task, openFiles }) =>
      openFiles.map((file) => ({ pid: task.pid, ...file })),
    );
  }

  /** Ends all tasks of the machine, and completes captures. */
  dispose(): void {
    for (const task of this.#tasks) task.exit();
    this.networks.close();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Adds the drivers there are, then binds each function to the one its description names. */
  #addDrivers(plan: MachinePlan): void {
    const { pci, kernel } = this;
    // No driver takes a function by itself before all have the one that is described for them.
    pci.bus.autoprobe = false;
    pci.registerDriver(new VfioPciDriver(kernel, this.vfio, this.#noIommu(plan)));
    pci.registerDriver(pciStub(kernel));
    pci.registerDriver(pciePort);
    for (const driver of plan.drivers) pci.registerDriver(hostDriver(kernel, driver));
    for (const planned of plan.functions) this.#bind(plan, planned);
    pci.bus.attachDriver(pciePort);
    pci.bus.autoprobe = true;
  }

  #noIommu({ unsafeNoIommu }: MachinePlan): GroupsWithoutIommu {
    const { root } = this.kernel;
    return initNoIommu(this.kernel, this.vfio, {
      isEnabled: unsafeNoIommu,
      onMembership: (group, device, isMember) => {
        if (isMember) showInUntranslatedGroup(root, group, device);
        else hideUntranslatedGroup(root, group, device);
      },
    });
  }

  /** Binds a function to its driver, as `driverctl set-override` does it. */
  #bind(plan: MachinePlan, { address, driver: driverName, path }: PlannedFunction): void {
    if (driverName === undefined) return;
    const name = formatPciAddress(address);
    const device = this.pci.functionAt(name)?.device;
    const driver = this.pci.bus.drivers.get(driverName);
    if (device === undefined || driver === undefined) return;
    this.pci.matching.setOverride(device, driverName);
    try {
      this.pci.bus.bind(device, driver);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      const text = `the driver ${driverName} does not take it (${error.code})`;
      throw plan.problem({ path, text, fix: 'write driver: none' });
    }
  }
}

/** A user without privileges, unless the owner is root. */
function credentialsOf({ uid, gid }: Owner): Credentials {
  if (uid === 0) return ROOT_CREDENTIALS;
  return { uid, gid, dacOverride: false, ipcLock: false, sysAdmin: false };
}
