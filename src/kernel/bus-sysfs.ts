/**
 * A bus in sysfs: `/sys/bus/<name>` with its devices and drivers, and the files every driver has to
 * bind and unbind by hand.
 */
import type { Bus, BusObserver } from './bus.js';
import type { Device } from './device.js';
import type { DeviceDriver } from './driver.js';
import { KernelError, kernelError } from './error.js';
import type { Module } from './module.js';
import { addAttribute } from './sysfs.js';
import type { Task } from './task.js';
import { type Directory, addLink } from './tree.js';
import { storeUevent } from './uevent.js';

/** Shows a bus, from now on, in the tree of `root`. Returns the bus's directory. */
export function showBus(root: Directory, bus: Bus): Directory {
  const directory = root.directoryAt(`sys/bus/${bus.name}`);
  const devices = directory.directory('devices');
  const drivers = directory.directory('drivers');
  addAttribute(directory, 'drivers_autoprobe', {
    show: () => `${bus.autoprobe ? 1 : 0}\n`,
    store: (text) => {
      bus.autoprobe = !text.startsWith('0');
    },
  });
  addAttribute(directory, 'drivers_probe', {
    mode: 0o200,
    store: (text) => probeByName(bus, text),
  });
  addAttribute(directory, 'uevent', { mode: 0o200, store: storeUevent });
  bus.observer = new BusDirectories(root, bus, devices, drivers);
  return directory;
}

/**
 * `drivers_probe`: looks for a driver for a device that has none.
 * @throws ENODEV for a device that is not there, EINVAL when the bus refuses a driver that matches
 */
function probeByName(bus: Bus, text: string): void {
  const device = bus.devices.get(withoutNewline(text));
  if (device === undefined) throw kernelError('ENODEV');
  if (device.driver !== undefined) return;
  try {
    bus.attachAny(device);
  } catch (error) {
    if (error instanceof KernelError) throw kernelError('EINVAL');
    throw error;
  }
}

class BusDirectories implements BusObserver {
  readonly #root: Directory;
  readonly #bus: Bus;
  readonly #devices: Directory;
  readonly #drivers: Directory;

  constructor(root: Directory, bus: Bus, devices: Directory, drivers: Directory) {
    this.#root = root;
    this.#bus = bus;
    this.#devices = devices;
    this.#drivers = drivers;
  }

  deviceAdded(device: Device): void {
    const { directory } = device;
    if (directory === undefined) return;
    addLink(this.#devices, device.name, directory);
    if (this.#devices.parent !== undefined) addLink(directory, 'subsystem', this.#devices.parent);
  }

  deviceRemoved(device: Device): void {
    this.#devices.remove(device.name);
    const { directory } = device;
    directory?.parent?.remove(directory.name);
  }

  driverAdded(driver: DeviceDriver): void {
    const directory = this.#drivers.directory(driver.name);
    addAttribute(directory, 'bind', {
      mode: 0o200,
      store: (text) => this.#bind(driver, text),
    });
    addAttribute(directory, 'unbind', {
      mode: 0o200,
      store: (text, task) => this.#unbind(driver, text, task),
    });
    addAttribute(directory, 'uevent', { mode: 0o200, store: storeUevent });
    this.#linkModule(directory, driver);
  }

  driverRemoved(driver: DeviceDriver): void {
    this.#drivers.remove(driver.name);
    if (driver.module === undefined) return;
    this.#moduleDirectory(driver.module).directory('drivers').remove(this.#nameInModule(driver));
  }

  /** Module and driver link to each other (`module_add_driver`). */
  #linkModule(directory: Directory, driver: DeviceDriver): void {
    if (driver.module === undefined) return;
    const module = this.#moduleDirectory(driver.module);
    addLink(directory, 'module', module);
    addLink(module.directory('drivers'), this.#nameInModule(driver), directory);
  }

  #moduleDirectory(module: Module): Directory {
    return this.#root.directoryAt(`sys/module/${module.name.replaceAll('-', '_')}`);
  }

  #nameInModule(driver: DeviceDriver): string {
    return `${this.#bus.name}:${driver.name}`;
  }

  deviceBound(device: Device, driver: DeviceDriver): void {
    const { directory } = device;
    const driverDirectory = this.#drivers.get(driver.name);
    if (directory === undefined || driverDirectory?.kind !== 'directory') return;
    addLink(directory, 'driver', driverDirectory);
    addLink(driverDirectory, device.name, directory);
  }

  deviceUnbinding(device: Device, driver: DeviceDriver): void {
    device.directory?.remove('driver');
    const driverDirectory = this.#drivers.get(driver.name);
    if (driverDirectory?.kind === 'directory') driverDirectory.remove(device.name);
  }

  /** Waits, as on the device's lock, for an unbinding that is under way. */
  #bind(driver: DeviceDriver, text: string): void | Promise<void> {
    const device = this.#bus.devices.get(withoutNewline(text));
    if (device === undefined || !this.#bus.match(device, driver)) throw kernelError('ENODEV');
    const unbinding = this.#bus.unbindingOf(device);
    // It may have been unbound to be removed.
    if (unbinding !== undefined) return unbinding.then(() => this.#bind(driver, text));
    this.#bus.bind(device, driver);
  }

  #unbind(driver: DeviceDriver, text: string, task: Task): void | Promise<void> {
    const device = this.#bus.devices.get(withoutNewline(text));
    if (device === undefined || device.driver !== driver) throw kernelError('ENODEV');
    return this.#bus.unbind(device, task);
  }
}

/** Names written with `echo` end in a newline (`sysfs_streq`). */
function withoutNewline(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}
