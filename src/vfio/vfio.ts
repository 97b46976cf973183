/**
 * The VFIO core of one kernel: the module `vfio`. Everything it offers to the rest of the kernel is
 * here: IOMMU drivers register, bus drivers add and delete devices, external users get groups. What
 * it offers to programs are files: containers, groups, devices.
 */
import { iommuGroupOf } from '../iommu/iommu-group.js';
import type { CharacterDevice } from '../kernel/character-device.js';
import type { Device } from '../kernel/device.js';
import { kernelError } from '../kernel/error.js';
import type { File } from '../kernel/file.js';
import type { Kernel } from '../kernel/kernel.js';
import type { MiscDevice } from '../kernel/misc-device.js';
import type { Module } from '../kernel/module.js';
import type { Task } from '../kernel/task.js';
import { Container } from './container.js';
import { ContainerFile } from './container-file.js';
import { VfioDevice } from './device.js';
import { addDeviceToGroup } from './device-addition.js';
import type { VfioDeviceOps } from './device-ops.js';
import { removeDevice } from './device-removal.js';
import { checkRawAccess } from './raw-access.js';
import { type ExternalUser, externalUserOf } from './external-user.js';
import { GroupFile } from './group-file.js';
import { GROUP_MINORS, GroupRegistry } from './group-registry.js';
import type { VfioIommuDriver } from './iommu-driver.js';
import { IommuDriverRegistry } from './iommu-driver-registry.js';
import { type Registrations, register } from './registrations.js';

/** The minor number of `/dev/vfio/vfio` among the misc devices. */
export const VFIO_MINOR = 196;

export class Vfio {
  readonly #kernel: Kernel;
  readonly #module: Module;
  readonly #containerDevice: MiscDevice;
  readonly #groupDevice: CharacterDevice;
  #registrations: Registrations | undefined;
  #iommuDrivers: IommuDriverRegistry;
  #groups: GroupRegistry | undefined;

  constructor(kernel: Kernel) {
    const module = kernel.module('vfio');
    this.#kernel = kernel;
    this.#module = module;
    this.#iommuDrivers = new IommuDriverRegistry(kernel);
    this.#containerDevice = {
      minor: VFIO_MINOR,
      name: 'vfio',
      nodeName: 'vfio/vfio',
      mode: 0o666,
      owner: module,
      open: () => this.#openContainer(),
    };
    this.#groupDevice = {
      minors: GROUP_MINORS,
      ownerOf: () => module,
      open: (task, minor) => this.#openGroup(task, minor),
    };
  }

  /**
   * Starts the module, without groups or IOMMU drivers, and asks for the modules of the IOMMU
   * drivers there are.
   * @throws KernelError of the first step that fails (`registrations.ts`), after undoing those before;
   *   EBUSY when it is started already
   */
  init(): void {
    if (this.#registrations !== undefined) throw kernelError('EBUSY');
    this.#iommuDrivers = new IommuDriverRegistry(this.#kernel);
    this.#groups = undefined;
    const registrations = register(this.#kernel, this.#containerDevice, this.#groupDevice);
    this.#registrations = registrations;
    const { groupClass, groupMajor } = registrations;
    this.#groups = new GroupRegistry(this.#kernel, groupClass, groupMajor);
    this.#kernel.log.info('VFIO - User Level meta-driver version: 0.3');
    this.#kernel.requestModule('vfio_iommu_type1');
    this.#kernel.requestModule('vfio_iommu_spapr_tce');
  }

  /**
   * Ends the module. Nobody may be using it (its module has no references, no
   * removal waits). Groups that are left are reported and stay, with their nodes.
   */
  exit(): void {
    if (this.#startedGroups().size > 0) this.#kernel.log.warn('exit_groups');
    this.#registrations?.undo();
    this.#registrations = undefined;
  }

  /** Offers an IOMMU driver to containers. @throws EINVAL when it is registered; ENOMEM by fault */
  registerIommuDriver(driver: VfioIommuDriver): void {
    this.#iommuDrivers.register(driver);
  }

  /** Withdraws an IOMMU driver, if it is registered. */
  unregisterIommuDriver(driver: VfioIommuDriver): void {
    this.#iommuDrivers.unregister(driver);
  }

  /** The IOMMU drivers registered, newest first. */
  get iommuDrivers(): readonly VfioIommuDriver[] {
    return this.#iommuDrivers.drivers;
  }

  /** All groups; undefined as long as the module has not been started. They outlive its end. */
  get groups(): GroupRegistry | undefined {
    return this.#groups;
  }

  /** The major number of `/dev/vfio/N`, while the module is started. */
  get groupMajor(): number | undefined {
    return this.#registrations?.groupMajor;
  }

  /**
   * Takes charge of a device for its bus driver (`vfio_add_group_dev`); called by its probe. The
   * device's driver data is the core's from now on.
   * @param data handed back to every callback
   * @throws EINVAL when the device is in no IOMMU group; EBUSY when the core has it already; ENOMEM
   *   and ENOSPC by faults, or when there are too many groups
   */
  addGroupDevice<Data>(device: Device, ops: VfioDeviceOps<Data>, data: Data): void {
    const iommuGroup = iommuGroupOf(device);
    if (iommuGroup === undefined) throw kernelError('EINVAL');
    const groups = this.#startedGroups();
    const group = groups.find(iommuGroup)?.get() ?? groups.publish(groups.prepare(iommuGroup));
    addDeviceToGroup(this.#kernel, group, device, ops, data);
  }

  /**
   * Gives a device back to its bus driver (`vfio_del_group_dev`); called by its remove. Waits for
   * whoever uses it.
   * @returns the data the device was added with; a promise of it when the task has to sleep
   * @throws ENODEV when the core does not have the device
   */
  deleteGroupDevice(device: Device, task: Task): unknown | Promise<unknown> {
    const { driverData } = device;
    if (!(driverData instanceof VfioDevice)) throw kernelError('ENODEV');
    return removeDevice(this.#kernel, driverData, task);
  }

  /**
   * The core's device for a driver-model device (`vfio_device_get_from_dev`). The reference is the
   * caller's.
   */
  deviceOf(device: Device): VfioDevice | undefined {
    const { driverData } = device;
    return driverData instanceof VfioDevice ? driverData.get() : undefined;
  }

  /** The group open in a file, for another part of the kernel. See `external-user.ts`. @throws EINVAL */
  externalUser(file: File): ExternalUser {
    return externalUserOf(file);
  }

  /** @throws ENOMEM by fault `kzalloc` */
  #openContainer(): ContainerFile {
    this.#kernel.faults.checkAllocation();
    return new ContainerFile(new Container(this.#iommuDrivers));
  }

  /** Opens the group with a minor number. @throws ENODEV, EPERM, EBUSY */
  #openGroup(task: Task, minor: number): GroupFile {
    const group = this.#startedGroups().withMinor(minor);
    if (group === undefined) throw kernelError('ENODEV');
    checkRawAccess(this.#kernel, group, task);
    group.open();
    return new GroupFile(this.#kernel, this.#module, group);
  }

  /** @throws Error when the module was never started: nothing can ask for groups then */
  #startedGroups(): GroupRegistry {
    if (this.#groups === undefined) throw new Error('vfio: the module has not been started');
    return this.#groups;
  }
}
