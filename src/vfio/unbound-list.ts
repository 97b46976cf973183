/**
 * The devices of a group that a VFIO bus driver is letting go of. Between the removal of the core's
 * device and the end of the unbinding the driver core still shows the VFIO driver, which would make
 * the group look unusable; so a device is viable, whatever its driver, while it is on this list.
 *
 * Each removal puts an entry on, each end of an unbinding (UNBOUND_DRIVER) takes one off. A removal
 * without an unbinding leaves its entry for good: the device then counts as viable under any driver.
 */
import type { Device } from '../kernel/device.js';

export class UnboundList {
  /** The entries of each device: their serial numbers, rising. No device is here without one. */
  readonly #entries = new Map<Device, number[]>();
  #nextSerial = 0;

  /** One device for each entry, newest first. */
  get devices(): readonly Device[] {
    return [...this.#entries]
      .flatMap(([device, serials]) => serials.map((serial) => ({ device, serial })))
      .sort((a, b) => b.serial - a.serial)
      .map(({ device }) => device);
  }

  /** Whether a device has an entry. */
  has(device: Device): boolean {
    return this.#entries.has(device);
  }

  add(device: Device): void {
    const serial = this.#nextSerial++;
    const serials = this.#entries.get(device);
    if (serials === undefined) this.#entries.set(device, [serial]);
    else serials.push(serial);
  }

  /** Takes off the newest entry of a device, if it has one. */
  remove(device: Device): void {
    const serials = this.#entries.get(device);
    serials?.pop();
    if (serials?.length === 0) this.#entries.delete(device);
  }
}
