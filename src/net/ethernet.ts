/** Ethernet frames as the fabric sees them: addresses and lengths. IEEE 802.3 §3, IEEE 802.1D §7.12. */

/** Destination, source, type. */
export const HEADER_BYTES = 14;
/** What may stand between header and payload: two VLAN tags (IEEE 802.1ad). */
export const TAG_BYTES = 8;
/** The shortest frame on a wire, without FCS: shorter ones are padded by whoever sends them. */
const LEAST_BYTES = 60;
/** Preamble, start delimiter, FCS and the gap between frames. */
const OVERHEAD_BYTES = 8 + 4 + 12;

/**
 * Pads frames that come from where nobody does: a host's network stack, and captures of what it sent, leave that to
 * the network card. One object serves frame after frame.
 */
export class Padding {
  readonly #padded = new Uint8Array(LEAST_BYTES);

  /** The frame, with zeros behind it if it was too short. What has not even a header stays as it is. */
  pad(frame: Uint8Array): Uint8Array {
    if (frame.length >= LEAST_BYTES || frame.length < HEADER_BYTES) return frame;
    this.#padded.fill(0, frame.length);
    this.#padded.set(frame);
    return this.#padded;
  }
}

/** A MAC address as a number of 48 bits, which a number holds exactly. */
export type MacAddress = number;

export function destinationOf(frame: Uint8Array): MacAddress {
  return addressAt(frame, 0);
}

export function sourceOf(frame: Uint8Array): MacAddress {
  return addressAt(frame, 6);
}

/** Whether a frame is for many: multicast or broadcast. */
export function isForMany(frame: Uint8Array): boolean {
  return ((frame[0] ?? 0) & 1) !== 0;
}

/** Whether a frame comes from an address that a station can have. */
export function hasStationSource(frame: Uint8Array): boolean {
  return ((frame[6] ?? 0) & 1) === 0;
}

const LINK_LOCAL = 0x0180_c200_0000;

/** Whether an address is one of 01:80:c2:00:00:00 to 0f, which no switch forwards. */
export function isLinkLocal(address: MacAddress): boolean {
  return address >= LINK_LOCAL && address <= LINK_LOCAL + 15;
}

/** Bytes that a frame takes on the wire. */
export function wireBytes(length: number): number {
  return Math.max(length, LEAST_BYTES) + OVERHEAD_BYTES;
}

function addressAt(frame: Uint8Array, at: number): MacAddress {
  const high = ((frame[at] ?? 0) << 8) | (frame[at + 1] ?? 0);
  const low =
    ((frame[at + 2] ?? 0) << 24) |
    ((frame[at + 3] ?? 0) << 16) |
    ((frame[at + 4] ?? 0) << 8) |
    (frame[at + 5] ?? 0);
  return high * 0x1_0000_0000 + (low >>> 0);
}
