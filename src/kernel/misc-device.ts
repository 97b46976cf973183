/** Misc devices: single character devices that share major 10 and have a minor each. */
import type { CharacterDevice } from './character-device.js';
import type { DeviceClass } from './device-class.js';
import { kernelError } from './error.js';
import type { FaultPoints } from './faults.js';
import type { FileOperations } from './file.js';
import type { Module } from './module.js';
import type { Task } from './task.js';

export const MISC_MAJOR = 10;

/** `struct miscdevice` */
export interface MiscDevice {
  readonly minor: number;
  /** Name in sysfs. */
  readonly name: string;
  /** Path of the node below `/dev`. */
  readonly nodeName: string;
  /** Permission bits of the node. */
  readonly mode: number;
  readonly owner: Module;
  open(task: Task, flags: number): FileOperations;
}

/** The misc devices of a machine. */
export class MiscDevices implements CharacterDevice {
  readonly minors = 256;
  readonly #devices = new Map<number, MiscDevice>();
  readonly #class: DeviceClass;
  readonly #faults: FaultPoints;

  /** @param miscClass the class `misc`, whose devices these are */
  constructor(miscClass: DeviceClass, faults: FaultPoints) {
    this.#class = miscClass;
    this.#faults = faults;
  }

  /** @throws EBUSY when the minor is taken, or by fault `misc_register` */
  register(device: MiscDevice): void {
    this.#faults.check('misc_register', 'EBUSY');
    if (this.#devices.has(device.minor)) throw kernelError('EBUSY');
    this.#class.addDevice({
      name: device.name,
      major: MISC_MAJOR,
      minor: device.minor,
      nodeName: device.nodeName,
      mode: device.mode,
    });
    this.#devices.set(device.minor, device);
  }

  deregister(device: MiscDevice): void {
    if (this.#devices.delete(device.minor)) this.#class.destroyDevice(device.name);
  }

  /** @throws ENODEV when nothing is registered for the minor */
  ownerOf(minor: number): Module {
    return this.#device(minor).owner;
  }

  open(task: Task, minor: number, flags: number): FileOperations {
    return this.#device(minor).open(task, flags);
  }

  #device(minor: number): MiscDevice {
    const device = this.#devices.get(minor);
    if (device === undefined) throw kernelError('ENODEV');
    return device;
  }
}
