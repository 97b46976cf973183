/**
 * What a NIC model holds of a network: the socket its cable is plugged into. Frames are Ethernet frames
 * from the destination address to the last byte of the payload, without preamble and without FCS
 * (IEEE 802.3 §3.1.1).
 */

import type { LinkSpeed } from './link-modes.js';

/** One end of a network. */
export interface NetworkPort {
  /** For messages and captures, `0000:00:03.0`. */
  readonly name: string;
  /** What the PHY sees of the other end, now. */
  readonly link: Link;
  readonly statistics: PortStatistics;
  /** Says who takes the frames that arrive here; until then they are dropped. To be called once. */
  attach(receiver: FrameReceiver): void;
  /**
   * Sends a frame. Its bytes are consumed before this returns, so the memory can be used again. What
   * becomes of the frame is the network's business: dropped or delivered, it is counted.
   * @returns false when the line is busy for longer than its queue: the frame was not taken, and the
   *   receiver's `writable` is called when it is worth trying again
   */
  send(frame: Uint8Array): boolean;
  /** Counts a frame as sent and dropped that the device was told to send, and that can't be one (`malformed`). */
  discard(): void;
  /**
   * Ends a burst: whoever was sent to acts on it now (interrupts, system calls). To be called after
   * one or more calls of `send`, before returning to the machine's loop.
   */
  flush(): void;
  /** Whether some other port would take a frame now. For senders that can wait, as hardware can't. */
  readonly isPeerReady: boolean;
  /**
   * Says that `canReceive` has become true; those that waited for it are told (`writable`). Costs next
   * to nothing when nobody waits.
   */
  readyToReceive(): void;
  /** Plugs in (at first it is) or pulls out, as powering the PHY on and off does: the other end of a cable sees it. */
  setCarrier(isOn: boolean): void;
  /** Says what the device can do, of link-modes.ts; at first everything. Without a mode in common there is no link. */
  setModes(modes: number): void;
  /** Leaves the network, for good. */
  close(): void;
}

/** Who is behind a port. Must not throw. */
export interface FrameReceiver {
  /**
   * Takes a frame, whose bytes are good until this returns.
   * @returns whether it was taken; otherwise it is dropped and counted as `refused`
   */
  receive(frame: Uint8Array): boolean;
  /** The burst that `receive` was called for is over. */
  flush?(): void;
  /** Whether `receive` would take a frame now. Default: it would. */
  canReceive?(): boolean;
  /** `send` is worth trying again, after it returned false or after `isPeerReady` was false. */
  writable?(): void;
  /** `link` has changed. */
  linkChanged?(link: Link): void;
}

/** A link as two PHYs have negotiated it. */
export interface Link {
  readonly isUp: boolean;
  readonly speedMbps: LinkSpeed;
  readonly isFullDuplex: boolean;
  /** What the other end can do (link-modes.ts). */
  readonly partnerModes: number;
}

/**
 * Why a frame did not arrive. Counted at the port that sent it, as long as it is on its way to a switch
 * or without a destination; and at the port it is for from there on.
 */
export const DROP_REASONS = [
  /** What the device was told to send is no frame: its data can't be read, or are too few or too many. */
  'malformed',
  /** No link: not plugged in, pulled out, or pulled out while the frame was under way. */
  'link-down',
  /** Shorter than an Ethernet header (14 bytes). */
  'runt',
  /** Longer than the network's MTU allows. */
  'oversize',
  /** Lost on the line, as the description wants it. */
  'loss',
  /** More in flight than the line can hold. */
  'line-full',
  /** Nobody else is there, or the destination is on the port it came from. */
  'no-destination',
  /** Addressed to the neighbour (01:80:c2:00:00:0x), which switches do not pass on (IEEE 802.1D table 7-10). */
  'link-local',
  /** The switch has more for the port than its queue holds. */
  'queue-full',
  /** Nobody is behind the port. */
  'not-attached',
  /** The receiver did not take it: a NIC without receive buffers, for example. */
  'refused',
] as const;

export type DropReason = (typeof DROP_REASONS)[number];

/** Counters of a port, from its beginning. Bytes are those of frames as described above. */
export interface PortStatistics {
  /** What the device behind the port sent. */
  readonly sentFrames: number;
  readonly sentBytes: number;
  /** What the device behind the port took. */
  readonly receivedFrames: number;
  readonly receivedBytes: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
}
