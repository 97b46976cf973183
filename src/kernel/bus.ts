/**
 * A bus of the driver model: its devices, its drivers, and who is bound to whom (`struct bus_type`).
 * Binding and unbinding are told to the bus's notifier chain in Linux's order. The bus's files in
 * sysfs are `bus-sysfs.ts`.
 */
import type { Device } from './device.js';
import type { DeviceDriver } from './driver.js';
import { KernelError, kernelError } from './error.js';
import type { KernelLog } from './log.js';
import { NotifierChain } from './notifier-chain.js';
import type { Task } from './task.js';

/** `BUS_NOTIFY_…` */
export type BusAction =
  | 'add-device'
  | 'remove-device'
  | 'bind-driver'
  | 'bound-driver'
  | 'driver-not-bound'
  | 'unbind-driver'
  | 'unbound-driver';

export interface BusEvent {
  readonly action: BusAction;
  readonly device: Device;
}

/** What a kind of bus decides itself. */
export interface BusOptions {
  readonly name: string;
  /** Whether a driver may be tried on a device. */
  readonly match: (device: Device, driver: DeviceDriver) => boolean;
  /**
   * Asked before a driver is tried (`dma_configure`).
   * @throws KernelError to refuse
   */
  readonly beforeProbe?: (device: Device, driver: DeviceDriver) => void;
}

export class Bus {
  readonly name: string;
  readonly notifier = new NotifierChain<BusEvent>();
  /** Hears of what sysfs has to show. */
  observer: BusObserver | undefined;
  /** Whether new devices and drivers are tried on each other (`drivers_autoprobe`). */
  autoprobe = true;
  readonly #options: BusOptions;
  readonly #log: KernelLog;
  readonly #devices = new Map<string, Device>();
  readonly #drivers = new Map<string, DeviceDriver>();
  /** Devices whose driver is letting go of them, asleep. */
  readonly #unbinding = new Map<Device, Promise<void>>();
  /** Devices that are being removed: no driver gets them any more (`device_private.dead`). */
  readonly #dying = new Set<Device>();

  constructor(log: KernelLog, options: BusOptions) {
    this.name = options.name;
    this.#options = options;
    this.#log = log;
  }

  get devices(): ReadonlyMap<string, Device> {
    return this.#devices;
  }

  get drivers(): ReadonlyMap<string, DeviceDriver> {
    return this.#drivers;
  }

  /** Adds a device and, with autoprobe, looks for its driver. @throws EEXIST for a name in use */
  addDevice(device: Device): void {
    if (this.#devices.has(device.name)) throw kernelError('EEXIST');
    this.#devices.set(device.name, device);
    this.observer?.deviceAdded(device);
    this.notifier.notify({ action: 'add-device', device });
    if (this.autoprobe) ignoreRefusal(() => this.attachAny(device));
  }

  /** Removes a device, unbinding it first, which may sleep. */
  async removeDevice(device: Device, task: Task): Promise<void> {
    if (this.#devices.get(device.name) !== device) throw kernelError('ENODEV');
    this.#dying.add(device);
    await this.unbind(device, task);
    this.#dying.delete(device);
    if (!this.#devices.delete(device.name)) return;
    this.notifier.notify({ action: 'remove-device', device });
    this.observer?.deviceRemoved(device);
  }

  /** Adds a driver and, with autoprobe, tries it on every device without one. */
  addDriver(driver: DeviceDriver): void {
    if (this.#drivers.has(driver.name)) throw kernelError('EBUSY');
    this.#drivers.set(driver.name, driver);
    this.observer?.driverAdded(driver);
    if (this.autoprobe) this.attachDriver(driver);
  }

  /** Removes a driver, unbinding all its devices. */
  async removeDriver(driver: DeviceDriver, task: Task): Promise<void> {
    if (!this.#drivers.delete(driver.name)) return;
    for (const device of this.#devices.values()) {
      if (device.driver === driver) await this.unbind(device, task);
    }
    this.observer?.driverRemoved(driver);
  }

  /** Whether a driver may be tried on a device. */
  match(device: Device, driver: DeviceDriver): boolean {
    return this.#options.match(device, driver);
  }

  /**
   * Tries all drivers that match on a device until one takes it (`device_attach`).
   * @throws what the bus refused a driver with before it was tried
   */
  attachAny(device: Device): void {
    for (const driver of this.#drivers.values()) {
      if (device.driver !== undefined || this.#dying.has(device)) return;
      if (this.match(device, driver)) this.#tryBind(device, driver);
    }
  }

  /** Tries a driver on all devices without one (`driver_attach`). */
  attachDriver(driver: DeviceDriver): void {
    for (const device of this.#devices.values()) {
      if (device.driver !== undefined || this.#dying.has(device)) continue;
      if (!this.match(device, driver)) continue;
      ignoreRefusal(() => this.#tryBind(device, driver));
    }
  }

  /** Ends when a device that is being unbound is unbound; undefined when it is not (`device_lock`). */
  unbindingOf(device: Device): Promise<void> | undefined {
    return this.#unbinding.get(device);
  }

  /**
   * Binds a driver to a device (`really_probe`).
   * @throws ENODEV when the device is being removed; EBUSY when it has a driver already;
   *   whatever the probe throws
   */
  bind(device: Device, driver: DeviceDriver): void {
    if (this.#dying.has(device)) throw kernelError('ENODEV');
    if (device.driver !== undefined) throw kernelError('EBUSY');
    this.#options.beforeProbe?.(device, driver);
    this.#probe(device, driver);
  }

  #probe(device: Device, driver: DeviceDriver): void {
    device.driver = driver;
    this.notifier.notify({ action: 'bind-driver', device });
    try {
      driver.probe(device);
    } catch (error) {
      device.driver = undefined;
      device.driverData = undefined;
      this.notifier.notify({ action: 'driver-not-bound', device });
      throw error;
    }
    this.observer?.deviceBound(device, driver);
    this.notifier.notify({ action: 'bound-driver', device });
  }

  /** Unbinds a device from its driver, if it has one; sleeps as the driver's `remove` does. */
  unbind(device: Device, task: Task): void | Promise<void> {
    const unbinding = this.#unbinding.get(device);
    if (unbinding !== undefined) return unbinding;
    const { driver } = device;
    if (driver === undefined) return;
    this.observer?.deviceUnbinding(device, driver);
    this.notifier.notify({ action: 'unbind-driver', device });
    const removed = driver.remove(device, task);
    if (removed instanceof Promise) {
      const done = removed.then(() => this.#unbound(device));
      this.#unbinding.set(device, done);
      return done;
    }
    this.#unbound(device);
  }

  #unbound(device: Device): void {
    this.#unbinding.delete(device);
    device.driver = undefined;
    device.driverData = undefined;
    this.notifier.notify({ action: 'unbound-driver', device });
  }

  #tryBind(device: Device, driver: DeviceDriver): void {
    this.#options.beforeProbe?.(device, driver);
    try {
      this.#probe(device, driver);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      if (error.code === 'ENODEV' || error.code === 'ENXIO') return;
      this.#log.warning(
        `${driver.name}: probe of ${device.name} failed with error ${-error.errno}`,
      );
    }
  }
}

/** Nobody hears of it when no driver may be tried on a device by itself. */
function ignoreRefusal(attach: () => void): void {
  try {
    attach();
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
  }
}

/** Told of changes on a bus, to show them. */
export interface BusObserver {
  deviceAdded(device: Device): void;
  deviceRemoved(device: Device): void;
  driverAdded(driver: DeviceDriver): void;
  driverRemoved(driver: DeviceDriver): void;
  deviceBound(device: Device, driver: DeviceDriver): void;
  deviceUnbinding(device: Device, driver: DeviceDriver): void;
}
