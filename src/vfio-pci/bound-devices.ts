/** The devices bound to vfio-pci, and the buses that can be reset when nobody uses them any more. */
import type { Device } from '../kernel/device.js';
import type { Vfio } from '../vfio/index.js';
import type { VfioPciDevice } from './device.js';
import { VfioPciParameters } from './parameters.js';

export class BoundDevices {
  readonly vfio: Vfio;
  readonly parameters = new VfioPciParameters();
  readonly #devices = new Map<Device, VfioPciDevice>();

  constructor(vfio: Vfio) {
    this.vfio = vfio;
  }

  get(device: Device): VfioPciDevice | undefined {
    return this.#devices.get(device);
  }

  add(bound: VfioPciDevice): void {
    this.#devices.set(bound.pci.device, bound);
  }

  delete(bound: VfioPciDevice): void {
    this.#devices.delete(bound.pci.device);
  }

  /**
   * Resets the bus of a device that has just been closed, if some function on it could not be reset
   * on its own, all of them are bound here, and none is open (`vfio_pci_dev_set_try_reset`).
   */
  resetIdleBus({ pci }: VfioPciDevice): void {
    const { bus } = pci;
    if (bus.bridge === undefined) return;
    const devices = bus.functionsBelow.map(({ device }) => this.#devices.get(device));
    if (!devices.every((device) => device !== undefined && device.session === undefined)) return;
    if (!devices.some((device) => device?.needsReset)) return;
    bus.reset();
    for (const device of devices) device?.resetDone();
  }
}
