/**
 * The networks of a machine, by name, with their captures and what is plugged into them beside devices.
 * Devices that say the same name are on the same network.
 */
import type { KernelLog } from '../kernel/log.js';
import type { Timers } from '../kernel/timers.js';
import { Capture } from './capture.js';
import { readCapture } from './capture-reader.js';
import { loopBack } from './loopback.js';
import { Network } from './network.js';
import { NetworkError } from './network-error.js';
import { type NetworkPlan, NetworkPlanError } from './network-plan.js';
import { DROP_REASONS, type NetworkPort } from './network-port.js';
import { Port } from './port.js';
import { Replay } from './replay.js';
import type { Connection, NetworkSurroundings } from './surroundings.js';

/** What networks have of the kernel. */
export interface NetworksPlace {
  readonly timers: Timers;
  readonly log: KernelLog;
}

export class Networks implements Iterable<Network> {
  readonly #place: NetworksPlace;
  readonly #surroundings: NetworkSurroundings;
  readonly #networks = new Map<string, Network>();
  readonly #notice: (text: string) => void;
  /** What has to be closed, in the order it was made. */
  readonly #parts: Connection[] = [];

  /** @throws NetworkPlanError */
  constructor(
    place: NetworksPlace,
    plans: readonly NetworkPlan[] = [],
    surroundings: NetworkSurroundings = {},
  ) {
    this.#place = place;
    this.#surroundings = surroundings;
    this.#notice = surroundings.notice ?? ((text) => place.log.error(text));
    try {
      for (const plan of plans) this.#furnish(this.#add(plan), plan);
    } catch (error) {
      this.close();
      throw error;
    }
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

  /** Completes captures and lets go of everything outside of the machine. The log gets the counts. */
  close(): void {
    for (const network of this.#networks.values()) {
      for (const port of network.ports) this.#place.log.info(describePort(network, port));
    }
    for (const part of this.#parts.splice(0)) part.close();
  }

  #add(plan: NetworkPlan): Network {
    const network = new Network(plan, this.#place.timers);
    this.#networks.set(plan.name, network);
    return network;
  }

  #furnish(network: Network, plan: NetworkPlan): void {
    const { capture, replay, hasLoopback = false, ends = [] } = plan;
    const add = (key: string, make: () => Connection): void => {
      try {
        this.#parts.push(make());
      } catch (error) {
        if (error instanceof NetworkError) throw new NetworkPlanError(plan, key, error);
        throw error;
      }
    };
    if (capture !== undefined) add('capture', () => this.#capture(network, capture));
    if (hasLoopback) loopBack(network.join(`${network.name}:loopback`));
    for (const end of ends) {
      add(end.kind, () => {
        const { connect } = this.#surroundings;
        if (connect === undefined) throw unavailable('this machine has no outside');
        const name = `${network.name}:${end.kind}=${end.name}`;
        return connect(network.join(name), end, this.#place);
      });
    }
    if (replay !== undefined) add('replay', () => this.#replay(network, replay));
  }

  #capture(network: Network, options: NonNullable<NetworkPlan['capture']>): Capture {
    const { createCapture, wallClockMs } = this.#surroundings;
    if (createCapture === undefined) throw unavailable('this machine writes no files');
    const file = createCapture(options.file);
    try {
      return new Capture(network, file, options, {
        ...this.#place,
        wallClockMs,
        notice: this.#notice,
      });
    } catch (error) {
      file.close();
      throw error;
    }
  }

  #replay(network: Network, options: NonNullable<NetworkPlan['replay']>): Replay {
    const { openCapture } = this.#surroundings;
    if (openCapture === undefined) throw unavailable('this machine reads no files');
    const file = openCapture(options.file);
    try {
      const reader = readCapture(file);
      const port = network.join(`${network.name}:replay=${options.file}`);
      return new Replay(port, reader, options, { ...this.#place, notice: this.#notice });
    } catch (error) {
      file.close();
      throw error;
    }
  }
}

/** `lan0: 0000:00:03.0: 10 frames sent, 8 received, 2 dropped (loss 2)` */
function describePort(network: Network, { name, statistics }: Port): string {
  const { sentFrames, receivedFrames, dropped, droppedFrames } = statistics;
  const reasons = DROP_REASONS.filter((reason) => dropped[reason] > 0)
    .map((reason) => `${reason} ${dropped[reason]}`)
    .join(', ');
  const label = name.startsWith(`${network.name}:`) ? name : `${network.name}: ${name}`;
  const drops = droppedFrames === 0 ? '' : `, ${droppedFrames} dropped (${reasons})`;
  return `${label}: ${sentFrames} frames sent, ${receivedFrames} received${drops}`;
}

function unavailable(text: string): NetworkError {
  return new NetworkError(text, 'leave it out, or give the machine `networks`');
}
