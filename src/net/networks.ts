/** The networks of a machine, by name. Devices that say the same name are on the same network. */
import type { Timers } from '../kernel/timers.js';
import { Network } from './network.js';
import type { NetworkOptions } from './network-options.js';
import type { NetworkPort } from './network-port.js';
import { Port } from './port.js';

export class Networks implements Iterable<Network> {
  readonly #timers: Timers;
  readonly #networks = new Map<string, Network>();

  constructor(timers: Timers, described: readonly NetworkOptions[] = []) {
    this.#timers = timers;
    for (const options of described) this.#add(options);
  }

  /** The network of a name, made as a perfect one when it is not described. */
  get(name: string): Network {
    return this.#networks.get(name) ?? this.#add({ name });
  }

  /**
   * A port for a device.
   * @param network its network; without one the device is not plugged in: its link is down
   */
  port(name: string, network?: string): NetworkPort {
    return network === undefined ? new Port(name, undefined) : this.get(network).join(name);
  }

  [Symbol.iterator](): Iterator<Network> {
    return this.#networks.values();
  }

  #add(options: NetworkOptions): Network {
    const network = new Network(options, this.#timers);
    this.#networks.set(options.name, network);
    return network;
  }
}
