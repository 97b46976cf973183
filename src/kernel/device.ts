/** Devices of the driver model (`struct device`). */
import type { DeviceDriver } from './driver.js';
import type { Directory } from './tree.js';

/** A device, on a bus or on none. */
export class Device {
  /** The bus name, `0000:01:00.0` for PCI. */
  readonly name: string;
  /** The device's directory in `/sys/devices`, when it has one. */
  readonly directory: Directory | undefined;
  /** The driver bound to it, or being bound. */
  driver: DeviceDriver | undefined;
  /** The driver's own slot (`dev_set_drvdata`). */
  driverData: unknown;

  constructor(name: string, directory?: Directory) {
    this.name = name;
    this.directory = directory;
  }
}
