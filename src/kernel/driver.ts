/** Drivers of the driver model (`struct device_driver`). */
import type { Device } from './device.js';
import type { Module } from './module.js';
import type { Task } from './task.js';

/** A driver. Which devices it takes is the bus's business (`Bus.match`). */
export interface DeviceDriver {
  readonly name: string;
  /** The module the driver is part of. */
  readonly module?: Module;
  /**
   * Takes charge of a device.
   * @throws KernelError to refuse it
   */
  probe(device: Device): void;
  /** Lets go of a device. May sleep until the device is out of use; `task` is who asked. */
  remove(device: Device, task: Task): void | Promise<void>;
}
