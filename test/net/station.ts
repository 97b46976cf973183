/** A station on a network for tests: it sends texts in frames, and keeps what it receives. */
import { KernelLog } from '../../src/kernel/log.js';
import { TimerQueue, type Timers } from '../../src/kernel/timers.js';
import type { NetworkPort } from '../../src/net/network-port.js';
import type { NetworksPlace } from '../../src/net/networks.js';

/** What networks need of a kernel. */
export function place(timers: Timers = new TimerQueue()): NetworksPlace {
  return { timers, log: new KernelLog() };
}

export interface Station {
  readonly port: NetworkPort;
  readonly frames: Uint8Array[];
  /** The payloads of what was received, without padding. */
  readonly texts: string[];
  /** Changes of the link. */
  readonly links: boolean[];
  /** How often it was told that sending is worth trying. */
  readonly writable: number;
  sendTo(mac: number, text: string): boolean;
}

/** @param mac the last byte of its address; 255 to send to is broadcast */
export function station(port: NetworkPort, mac: number): Station {
  const frames: Uint8Array[] = [];
  const links: boolean[] = [];
  let writable = 0;
  port.attach({
    receive: (frame) => {
      frames.push(frame.slice());
      return true;
    },
    writable: () => {
      writable += 1;
    },
    linkChanged: ({ isUp }) => links.push(isUp),
  });
  return {
    port,
    frames,
    links,
    get writable() {
      return writable;
    },
    get texts() {
      return frames.map((frame) =>
        new TextDecoder().decode(frame.subarray(14)).replace(/\0+$/, ''),
      );
    },
    sendTo(to, text) {
      const isSent = port.send(frameOf(to, mac, text));
      port.flush();
      return isSent;
    },
  };
}

/** A frame between stations with a text as payload. */
export function frameOf(to: number, from: number, text: string): Uint8Array {
  const payload = new TextEncoder().encode(text);
  const frame = new Uint8Array(14 + payload.length);
  if (to === 255) frame.fill(255, 0, 6);
  else frame.set([2, 0, 0, 0, 0, to]);
  frame.set([2, 0, 0, 0, 0, from], 6);
  frame.set([0x88, 0xb5], 12);
  frame.set(payload, 14);
  return frame;
}
