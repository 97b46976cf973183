/**
 * What a learning switch knows: which port an address was last seen on (IEEE 802.1D §7.8, §7.9). Entries
 * are forgotten when their address was silent for the ageing time.
 */
import type { MacAddress } from './ethernet.js';

/** The recommended ageing time (IEEE 802.1D table 7-5). */
const AGEING_MS = 300_000;
/** Addresses known at a time, as switches of this kind have it. */
const CAPACITY = 8192;
/** How often a full table is searched for what can be forgotten. */
const SWEEP_MS = 1000;

interface Entry<Port> {
  port: Port;
  seenMs: number;
}

export class MacTable<Port> {
  readonly #entries = new Map<MacAddress, Entry<Port>>();
  #nextSweepMs = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** Notes that an address is behind a port. A full table learns nothing until something is forgotten. */
  learn(address: MacAddress, port: Port, nowMs: number): void {
    const entry = this.#entries.get(address);
    if (entry !== undefined) {
      entry.port = port;
      entry.seenMs = nowMs;
      return;
    }
    if (this.#entries.size >= CAPACITY) this.#forgetOld(nowMs);
    if (this.#entries.size < CAPACITY) this.#entries.set(address, { port, seenMs: nowMs });
  }

  /** Where an address is, if that is known. */
  find(address: MacAddress, nowMs: number): Port | undefined {
    const entry = this.#entries.get(address);
    if (entry === undefined) return undefined;
    if (nowMs - entry.seenMs <= AGEING_MS) return entry.port;
    this.#entries.delete(address);
    return undefined;
  }

  /** Forgets all addresses behind a port. */
  forgetPort(port: Port): void {
    for (const [address, entry] of this.#entries) {
      if (entry.port === port) this.#entries.delete(address);
    }
  }

  #forgetOld(nowMs: number): void {
    if (nowMs < this.#nextSweepMs) return;
    this.#nextSweepMs = nowMs + SWEEP_MS;
    for (const [address, { seenMs }] of this.#entries) {
      if (nowMs - seenMs > AGEING_MS) this.#entries.delete(address);
    }
  }
}
