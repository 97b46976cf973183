/** What a network is like. Everything has a default, by which it is perfect and as fast as the machine. */
import type { LinkSpeed } from './link-modes.js';

export interface NetworkOptions {
  readonly name: string;
  /** Bits per second of each line, in each direction. Default: no limit. */
  readonly bandwidthBps?: number;
  /** How long a frame is under way. Default: 0. */
  readonly latencyMs?: number;
  /** How much longer it is under way at most, frame by frame; the order stays. Default: 0. */
  readonly jitterMs?: number;
  /** Probability that a frame is lost. Default: 0. */
  readonly loss?: number;
  /** Probability that a frame arrives twice. Default: 0. */
  readonly duplication?: number;
  /** Probability that a frame is overtaken by the next one. Default: 0. */
  readonly reordering?: number;
  /** The same seed and the same frames: the same fates. Default: 1. */
  readonly seed?: number;
  /** Bytes behind the Ethernet header and VLAN tags that a frame may have. Default: 9710. */
  readonly mtu?: number;
}

/** What Intel's 82576 can send: frames of 9728 bytes with header and FCS (data sheet §3.4.1). */
export const DEFAULT_MTU = 9710;
export const LEAST_MTU = 68;
/** What fits into a frame's length on a socket, and into captures, by far. */
export const LARGEST_MTU = 65_535;

/** The slowest usual Ethernet that is as fast as this: what a link negotiates at most. */
export function linkSpeed(bandwidthBps: number | undefined): LinkSpeed {
  if (bandwidthBps === undefined) return 1000;
  const speeds = [10, 100, 1000, 10000] as const;
  return speeds.find((mbps) => bandwidthBps <= mbps * 1e6) ?? 10000;
}
