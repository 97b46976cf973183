/**
 * One network: what joins ports of the same name. Two ports are a cable. More are a switch, which learns
 * where addresses are. One alone is a switch that nobody else is on: its link is up, and what it sends
 * gets nowhere.
 *
 * A perfect network hands frames over within `send`, without copying them. As soon as something takes
 * time (bandwidth, latency, a receiver that sends while it receives), frames are copied onto lines and
 * arrive by the machine's timers.
 */
import type { Timer, Timers } from '../kernel/timers.js';
import {
  HEADER_BYTES,
  TAG_BYTES,
  destinationOf,
  hasStationSource,
  isForMany,
  isLinkLocal,
  sourceOf,
} from './ethernet.js';
import { Line } from './line.js';
import { bestMode, modesUpTo } from './link-modes.js';
import { lineShapes } from './line-shapes.js';
import { MacTable } from './mac-table.js';
import { DEFAULT_MTU, type NetworkOptions, linkSpeed } from './network-options.js';
import type { DropReason, Link } from './network-port.js';
import { NO_LINK, Port, type PortLines } from './port.js';
import { PortCounters } from './port-counters.js';
import { SeededRandom } from './seeded-random.js';

/** Sees each frame that enters a network. */
export type FrameObserver = (port: Port, frame: Uint8Array) => void;

/** Sums over all ports, also over those that have left. */
export interface NetworkTotals {
  readonly sentFrames: number;
  /** Copies that `duplication` made. */
  readonly duplicatedFrames: number;
  /** Copies that a switch made for more than one port. */
  readonly floodedFrames: number;
  readonly receivedFrames: number;
  readonly droppedFrames: number;
  readonly inFlightFrames: number;
}

export class Network {
  readonly name: string;
  readonly options: NetworkOptions;
  readonly #timers: Timers;
  readonly #addresses = new MacTable<Port>();
  readonly #lines = new Map<Port, PortLines>();
  readonly #observers: FrameObserver[] = [];
  readonly #longestFrame: number;
  /** What the network can do. */
  readonly #modes: number;
  readonly #isInstant: boolean;
  #ports: readonly Port[] = [];
  #portsEver = 0;
  #isUp = true;
  /** Whether some receiver is being called: what it sends waits until it is done. */
  #isDelivering = false;
  /** Ports that have received something since the last flush. */
  readonly #touched = new Set<Port>();
  /** Ports that wait until another one can receive. */
  readonly #waiting = new Set<Port>();
  #waking: Timer | undefined;
  #nowMs: number | undefined;
  readonly #gone = new PortCounters();
  #duplicated = 0;
  #flooded = 0;

  constructor(options: NetworkOptions, timers: Timers) {
    this.name = options.name;
    this.options = options;
    this.#timers = timers;
    this.#longestFrame = (options.mtu ?? DEFAULT_MTU) + HEADER_BYTES + TAG_BYTES;
    this.#modes = modesUpTo(linkSpeed(options.bandwidthBps));
    const { latencyMs = 0, jitterMs = 0, loss = 0, duplication = 0, reordering = 0 } = options;
    this.#isInstant =
      options.bandwidthBps === undefined &&
      latencyMs + jitterMs + loss + duplication + reordering === 0;
  }

  get ports(): readonly Port[] {
    return this.#ports;
  }

  /** Addresses that it has learned. */
  get addressCount(): number {
    return this.#addresses.size;
  }

  get totals(): NetworkTotals {
    const all = [this.#gone, ...this.#ports.map((port) => port.statistics)];
    const sum = (of: (counters: PortCounters) => number): number =>
      all.reduce((total, counters) => total + of(counters), 0);
    return {
      sentFrames: sum((counters) => counters.sentFrames),
      duplicatedFrames: this.#duplicated,
      floodedFrames: this.#flooded,
      receivedFrames: sum((counters) => counters.receivedFrames),
      droppedFrames: sum((counters) => counters.droppedFrames),
      inFlightFrames: [...this.#lines.values()].reduce(
        (total, { uplink, downlink }) => total + uplink.inFlight + (downlink?.inFlight ?? 0),
        0,
      ),
    };
  }

  /** Calls `observer` with each frame that enters the network from now on. */
  observe(observer: FrameObserver): void {
    this.#observers.push(observer);
  }

  /** Adds a port. */
  join(name: string): Port {
    const port = new Port(name, this);
    this.#lines.set(port, this.#linesOf(port, this.#portsEver++));
    this.#ports = [...this.#ports, port];
    this.updateLinks();
    return port;
  }

  /** Takes a port out, with all that is in flight from and to it. */
  remove(port: Port): void {
    const lines = this.#lines.get(port);
    if (lines === undefined) return;
    const lost = lines.uplink.clear() + (lines.downlink?.clear() ?? 0);
    port.statistics.dropped['link-down'] += lost;
    this.#gone.add(port.statistics);
    this.#lines.delete(port);
    this.#ports = this.#ports.filter((other) => other !== port);
    this.#addresses.forgetPort(port);
    this.#touched.delete(port);
    this.#waiting.delete(port);
    port.updateLink(NO_LINK);
    this.updateLinks();
  }

  /** Pulls the plugs of all ports, or puts them back. */
  setLink(isUp: boolean): void {
    this.#isUp = isUp;
    this.updateLinks();
  }

  /** Tells ports whose link is no longer what it was. */
  updateLinks(): void {
    for (const port of this.#ports) port.updateLink(this.linkOf(port));
    this.portIsReady();
  }

  linkOf(port: Port): Link {
    const others = this.#ports.filter((other) => other !== port);
    const [peer] = others;
    const isCable = others.length === 1;
    if (!this.#isUp || !port.hasCarrier || (isCable && peer?.hasCarrier !== true)) return NO_LINK;
    const partnerModes = this.#modes & (isCable ? (peer?.modes ?? 0) : this.#modes);
    const best = bestMode(port.modes & partnerModes);
    return best === undefined ? NO_LINK : { isUp: true, ...best, partnerModes };
  }

  /** Takes a frame from a port whose link is up. False: its line is too busy. */
  send(port: Port, frame: Uint8Array): boolean {
    const uplink = this.#lines.get(port)?.uplink;
    if (uplink === undefined || uplink.isBusy) return false;
    const { statistics } = port;
    statistics.sentFrames += 1;
    statistics.sentBytes += frame.length;
    for (const observer of this.#observers) observer(port, frame);
    if (frame.length < HEADER_BYTES) statistics.dropped.runt += 1;
    else if (frame.length > this.#longestFrame) statistics.dropped.oversize += 1;
    else if (this.#isInstant && !this.#isDelivering && uplink.inFlight === 0) {
      this.#forward(port, frame);
    } else uplink.push(frame);
    return true;
  }

  /** The burst is over: those who received something may act on it. */
  flush(): void {
    this.#nowMs = undefined;
    if (this.#isDelivering || this.#touched.size === 0) return;
    this.#isDelivering = true;
    for (const port of this.#touched) {
      this.#touched.delete(port);
      port.receiver?.flush?.();
    }
    this.#isDelivering = false;
  }

  /** Whether some other port would take a frame. If not, the port is told when that changes. */
  isAnyReadyFor(port: Port): boolean {
    for (const other of this.#ports) {
      if (other === port || !other.link.isUp || other.receiver === undefined) continue;
      if (other.receiver.canReceive?.() ?? true) return true;
    }
    this.#waiting.add(port);
    return false;
  }

  /** Some port may be able to receive again. Those who wait are told by the machine's loop, not from within. */
  portIsReady(): void {
    if (this.#waiting.size === 0) return;
    this.#waking ??= this.#timers.set(0, () => {
      this.#waking = undefined;
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const port of waiting) port.receiver?.writable?.();
    });
  }

  /** Frames of a port at the network's end of its line. */
  #forward(from: Port, frame: Uint8Array): void {
    if (this.#ports.length === 2) {
      const [first, second] = this.#ports;
      const to = first === from ? second : first;
      if (to !== undefined) this.#deliver(to, frame);
      return;
    }
    this.#switch(from, frame);
  }

  #switch(from: Port, frame: Uint8Array): void {
    this.#nowMs ??= this.#timers.nowMs;
    if (hasStationSource(frame)) this.#addresses.learn(sourceOf(frame), from, this.#nowMs);
    const destination = destinationOf(frame);
    if (isLinkLocal(destination)) {
      from.statistics.dropped['link-local'] += 1;
      return;
    }
    const to = isForMany(frame) ? undefined : this.#addresses.find(destination, this.#nowMs);
    if (to === undefined) this.#flood(from, frame);
    else if (to === from) from.statistics.dropped['no-destination'] += 1;
    else this.#queueFor(to, frame);
  }

  #flood(from: Port, frame: Uint8Array): void {
    const others = this.#ports.length - 1;
    if (others < 1) from.statistics.dropped['no-destination'] += 1;
    else this.#flooded += others - 1;
    for (const port of this.#ports) if (port !== from) this.#queueFor(port, frame);
  }

  /** At the switch's output for a port, where frames from several ports may meet. */
  #queueFor(to: Port, frame: Uint8Array): void {
    const downlink = this.#lines.get(to)?.downlink;
    if (downlink === undefined) this.#deliver(to, frame);
    else if (downlink.isBusy) to.statistics.dropped['queue-full'] += 1;
    else downlink.push(frame);
  }

  #deliver(to: Port, frame: Uint8Array): void {
    const { receiver, statistics } = to;
    if (receiver === undefined || !to.link.isUp) {
      statistics.dropped[receiver === undefined ? 'not-attached' : 'link-down'] += 1;
      return;
    }
    const wasDelivering = this.#isDelivering;
    this.#isDelivering = true;
    const isTaken = receiver.receive(frame);
    this.#isDelivering = wasDelivering;
    this.#touched.add(to);
    if (isTaken) {
      statistics.receivedFrames += 1;
      statistics.receivedBytes += frame.length;
    } else statistics.dropped.refused += 1;
  }

  #linesOf(port: Port, index: number): PortLines {
    const random = new SeededRandom(this.options.seed ?? 1, index);
    const ends = {
      flush: () => this.flush(),
      dropped: (reason: DropReason) => {
        port.statistics.dropped[reason] += 1;
      },
      duplicated: () => {
        this.#duplicated += 1;
      },
    };
    const shapes = lineShapes(this.options);
    const uplink = new Line(shapes.uplink, this.#timers, random, {
      ...ends,
      arrived: (frame) => this.#forward(port, frame),
      writable: () => port.receiver?.writable?.(),
    });
    if (shapes.downlink === undefined) return { uplink, downlink: undefined };
    const downlink = new Line(shapes.downlink, this.#timers, random, {
      ...ends,
      arrived: (frame) => this.#deliver(port, frame),
      writable: () => undefined,
    });
    return { uplink, downlink };
  }
}
