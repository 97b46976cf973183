/** The devices of a group that bus drivers have added, by driver-model device and by name. */
import type { Device } from '../kernel/device.js';
import { List } from '../kernel/list.js';
import { ReusingMap } from '../kernel/reusing-map.js';
import type { VfioDevice } from './device.js';

export class GroupDevices {
  readonly #newestFirst = new List<VfioDevice>();
  readonly #byDevice = new ReusingMap<Device, VfioDevice>();
  /** Devices of one name, newest last. Names are unique on a bus, but a group may span buses. */
  readonly #byName = new ReusingMap<string, VfioDevice[]>();

  get size(): number {
    return this.#byDevice.size;
  }

  /** All devices, newest first. */
  get newestFirst(): readonly VfioDevice[] {
    return [...this.#newestFirst];
  }

  /** The core's device for a driver-model device (`vfio_group_get_device`). Takes no reference. */
  of(device: Device): VfioDevice | undefined {
    return this.#byDevice.get(device);
  }

  /** The newest device of a name, as GROUP_GET_DEVICE_FD looks for it. Takes no reference. */
  named(name: string): VfioDevice | undefined {
    return this.#byName.get(name)?.at(-1);
  }

  add(device: VfioDevice): void {
    this.#newestFirst.addFirst(device.groupEntry);
    this.#byDevice.set(device.device, device);
    this.#namesakes(device).push(device);
  }

  remove(device: VfioDevice): void {
    this.#newestFirst.remove(device.groupEntry);
    this.#byDevice.delete(device.device);
    const namesakes = this.#namesakes(device);
    namesakes.splice(namesakes.indexOf(device), 1);
    if (namesakes.length === 0) this.#byName.delete(device.device.name);
  }

  #namesakes({ device: { name } }: VfioDevice): VfioDevice[] {
    let namesakes = this.#byName.get(name);
    if (namesakes === undefined) {
      namesakes = [];
      this.#byName.set(name, namesakes);
    }
    return namesakes;
  }
}
