/** A port of a network, as both sides have it: the device behind it and the network. */
import { ALL_MODES } from './link-modes.js';
import type { Line } from './line.js';
import type { Network } from './network.js';
import type { FrameReceiver, Link, NetworkPort } from './network-port.js';
import { PortCounters } from './port-counters.js';

/** The lines of a port, where frames take time. */
export interface PortLines {
  /** From the device into the network. */
  readonly uplink: Line;
  /** From the network to the device, where the network has to queue for it. */
  readonly downlink: Line | undefined;
}

export class Port implements NetworkPort {
  readonly name: string;
  readonly statistics = new PortCounters();
  /** By which a device's own cable is known to be plugged in. */
  hasCarrier = true;
  /** What the device can do. */
  modes = ALL_MODES;
  readonly #network: Network | undefined;
  #receiver: FrameReceiver | undefined;
  #link: Link;

  /** @param network undefined: it is not plugged in */
  constructor(name: string, network: Network | undefined) {
    this.name = name;
    this.#network = network;
    this.#link = network?.linkOf(this) ?? NO_LINK;
  }

  get link(): Link {
    return this.#link;
  }

  get receiver(): FrameReceiver | undefined {
    return this.#receiver;
  }

  attach(receiver: FrameReceiver): void {
    this.#receiver = receiver;
    this.#network?.portIsReady();
  }

  send(frame: Uint8Array): boolean {
    if (this.#network !== undefined && this.#link.isUp) return this.#network.send(this, frame);
    this.statistics.sentFrames += 1;
    this.statistics.sentBytes += frame.length;
    this.statistics.dropped['link-down'] += 1;
    return true;
  }

  discard(): void {
    this.statistics.sentFrames += 1;
    this.statistics.dropped.malformed += 1;
  }

  flush(): void {
    this.#network?.flush();
  }

  get isPeerReady(): boolean {
    return this.#network?.isAnyReadyFor(this) ?? false;
  }

  readyToReceive(): void {
    this.#network?.portIsReady();
  }

  setCarrier(isOn: boolean): void {
    if (this.hasCarrier === isOn) return;
    this.hasCarrier = isOn;
    this.#network?.updateLinks();
  }

  setModes(modes: number): void {
    if (this.modes === modes) return;
    this.modes = modes;
    this.#network?.updateLinks();
  }

  close(): void {
    this.#network?.remove(this);
    this.#receiver = undefined;
  }

  /** The network's word on the link. The device is told of a change. */
  updateLink(link: Link): void {
    const { isUp, speedMbps, isFullDuplex, partnerModes } = this.#link;
    const isSame =
      link.isUp === isUp &&
      link.speedMbps === speedMbps &&
      link.isFullDuplex === isFullDuplex &&
      link.partnerModes === partnerModes;
    if (isSame) return;
    this.#link = link;
    this.#receiver?.linkChanged?.(link);
  }
}

/** The link of a port without a cable. */
export const NO_LINK: Link = Object.freeze({
  isUp: false,
  speedMbps: 1000,
  isFullDuplex: true,
  partnerModes: 0,
});
