/**
 * What is in a frame, as far as the controller looks: VLAN tag, IPv4 or IPv6, TCP, UDP or SCTP (82576 data
 * sheet §7.1.10). One object serves frame after frame.
 */

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_IPV6 = 0x86dd;
export const ETHERTYPE_VLAN = 0x8100;

export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_SCTP = 132;
/** IPv6: headers that may come before the payload's. */
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const DESTINATION_OPTIONS = 60;
const MOST_EXTENSIONS = 8;

const ETHERNET_HEADER = 14;

export class Packet {
  /** The frame that was looked at last. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the frame begins and ends. */
  start = 0;
  end = 0;
  etherType = 0;
  /** Where the IP header begins; 0: there is none. */
  ip = 0;
  isIpv6 = false;
  /** Whether the header has options, or extension headers behind it. */
  hasExtensions = false;
  isFragment = false;
  /** Where the IP packet ends: behind may be padding. */
  ipEnd = 0;
  /** Of the payload; 0: unknown. */
  protocol = 0;
  /** Where the header of TCP, UDP or SCTP begins; 0: there is none, or not all of it. */
  transport = 0;

  /** @param tagType the EtherType of VLAN tags */
  parse(bytes: Uint8Array, start: number, length: number, tagType: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = start + length;
    this.ip = this.protocol = this.transport = 0;
    this.isFragment = this.hasExtensions = false;
    let at = start + ETHERNET_HEADER;
    this.etherType = this.#word(at - 2);
    if (this.etherType === tagType && length >= ETHERNET_HEADER + 4) {
      at += 4;
      this.etherType = this.#word(at - 2);
    }
    if (this.etherType === ETHERTYPE_IPV4) this.#parseIpv4(at);
    else if (this.etherType === ETHERTYPE_IPV6) this.#parseIpv6(at);
  }

  /** Bytes up to the end of the innermost header that is known; 0: there is no IP. */
  get headerLength(): number {
    const { bytes, start, ip, transport } = this;
    if (ip === 0) return 0;
    if (transport === 0) return ip - start + (this.isIpv6 ? 40 : ((bytes[ip] ?? 0) & 0xf) * 4);
    if (this.protocol === PROTOCOL_UDP) return transport - start + 8;
    if (this.protocol === PROTOCOL_SCTP) return transport - start + 12;
    return transport - start + Math.max(20, ((bytes[transport + 12] ?? 0) >>> 4) * 4);
  }

  #parseIpv4(at: number): void {
    const { bytes } = this;
    const first = bytes[at] ?? 0;
    const headerLength = (first & 0xf) * 4;
    const total = this.#word(at + 2);
    if (first >>> 4 !== 4 || headerLength < 20 || total < headerLength) return;
    if (at + total > this.end) return;
    this.ip = at;
    this.isIpv6 = false;
    this.hasExtensions = headerLength > 20;
    this.ipEnd = at + total;
    this.protocol = bytes[at + 9] ?? 0;
    // More fragments, or an offset.
    this.isFragment = (this.#word(at + 6) & 0x3fff) !== 0;
    if (!this.isFragment) this.#parseTransport(at + headerLength);
  }

  #parseIpv6(at: number): void {
    const { bytes } = this;
    if ((bytes[at] ?? 0) >>> 4 !== 6 || at + 40 > this.end) return;
    const end = at + 40 + this.#word(at + 4);
    if (end > this.end) return;
    this.ip = at;
    this.isIpv6 = true;
    this.ipEnd = end;
    let next = bytes[at + 6] ?? 0;
    let header = at + 40;
    for (let count = 0; count < MOST_EXTENSIONS && header + 8 <= end; count++) {
      if (next === FRAGMENT) this.isFragment = true;
      else if (next !== HOP_BY_HOP && next !== ROUTING && next !== DESTINATION_OPTIONS) break;
      this.hasExtensions = true;
      const length = next === FRAGMENT ? 8 : 8 + 8 * (bytes[header + 1] ?? 0);
      next = bytes[header] ?? 0;
      header += length;
    }
    this.protocol = next;
    if (!this.isFragment) this.#parseTransport(header);
  }

  #parseTransport(at: number): void {
    const { protocol } = this;
    const length = protocol === PROTOCOL_TCP ? 20 : protocol === PROTOCOL_SCTP ? 12 : 8;
    const isKnown =
      protocol === PROTOCOL_TCP || protocol === PROTOCOL_UDP || protocol === PROTOCOL_SCTP;
    if (isKnown && at + length <= this.ipEnd) this.transport = at;
  }

  #word(at: number): number {
    return ((this.bytes[at] ?? 0) << 8) | (this.bytes[at + 1] ?? 0);
  }
}
