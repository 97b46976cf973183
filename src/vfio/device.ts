/**
 * A device in the core's hands (`struct vfio_device`): a bus driver has added it to a group. It
 * stays there until the last reference goes: the bus driver's own, which removal gives back, one for
 * each open file, and those of `Vfio.deviceOf`.
 */
import type { Device } from '../kernel/device.js';
import { ListEntry } from '../kernel/list.js';
import { WaitQueue } from '../kernel/wait-queue.js';
import type { VfioDeviceOps } from './device-ops.js';
import type { Group } from './group.js';

export class VfioDevice<Data = unknown> {
  readonly device: Device;
  readonly group: Group;
  readonly ops: VfioDeviceOps<Data>;
  /** What the bus driver handed over with the device (`vfio_device_data`). */
  readonly data: Data;
  /** Its place in its group. */
  readonly groupEntry = new ListEntry<VfioDevice>(this);
  #departure: WaitQueue | undefined;
  #references = 1;

  /**
   * The first reference is the bus driver's.
   * @param group the device takes over the caller's reference to it
   */
  constructor(group: Group, device: Device, ops: VfioDeviceOps<Data>, data: Data) {
    this.group = group;
    this.device = device;
    this.ops = ops;
    this.data = data;
  }

  /** Whether anybody holds a reference, and so the device is in its group. */
  get isPresent(): boolean {
    return this.#references > 0;
  }

  /** Where to wait for the device to leave its group. */
  get departure(): WaitQueue {
    this.#departure ??= new WaitQueue();
    return this.#departure;
  }

  /** Takes a reference (`vfio_device_get`). */
  get(): this {
    this.#references += 1;
    return this;
  }

  /** Gives a reference back (`vfio_device_put`); with the last one the device leaves its group. */
  put(): void {
    if (this.#references === 0) throw new Error(`${this.device.name}: put without get`);
    this.#references -= 1;
    if (this.#references > 0) return;
    this.group.devices.remove(this);
    if (this.device.driverData === this) this.device.driverData = undefined;
    this.#departure?.wakeAll();
    this.group.put();
  }
}
