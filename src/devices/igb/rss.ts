/**
 * Receive side scaling (82576 data sheet §7.1.2.8): the Toeplitz hash of addresses and ports picks an entry of
 * the redirection table, and that the queue.
 */
import { type Packet, PROTOCOL_TCP, PROTOCOL_UDP } from './packet.js';
import type { RegisterFile } from './register-file.js';
import { MRQC, QUEUES, RETA, RSSRK } from './registers.js';

/** Bytes of the key. */
const KEY_BYTES = 40;
/** Two IPv6 addresses, two ports. */
const LONGEST_INPUT = 36;

/** MRQC: what it is for, in its lowest bits, and the default queue. */
const MRQC_ENABLE = 7;
const MRQC_RSS = 2;
const MRQC_DEFAULT_QUEUE_SHIFT = 3;
const TCP_IPV4 = 1 << 16;
const IPV4 = 1 << 17;
const TCP_IPV6_EX = 1 << 18;
const IPV6_EX = 1 << 19;
const IPV6 = 1 << 20;
const TCP_IPV6 = 1 << 21;
const UDP_IPV4 = 1 << 22;
const UDP_IPV6 = 1 << 23;
const UDP_IPV6_EX = 1 << 24;

/** What was hashed, as receive descriptors name it (§7.1.5.2). */
const RssType = {
  none: 0,
  tcpIpv4: 1,
  ipv4: 2,
  tcpIpv6: 3,
  ipv6Ex: 4,
  ipv6: 5,
  tcpIpv6Ex: 6,
  udpIpv4: 7,
  udpIpv6: 8,
  udpIpv6Ex: 9,
} as const;

type RssType = (typeof RssType)[keyof typeof RssType];

export class Rss {
  /** Of the packet looked at last. */
  hash = 0;
  type: RssType = RssType.none;
  readonly #registers: RegisterFile;
  /** The key that the table was made for. */
  readonly #key = new Uint32Array(KEY_BYTES / 4);
  /** By place in the input and value of the byte there: what it adds to the hash. */
  readonly #table = new Uint32Array(LONGEST_INPUT * 256);
  #hasTable = false;

  constructor(registers: RegisterFile) {
    this.#registers = registers;
  }

  /** Hashes a packet and picks its queue. */
  classify(packet: Packet): number {
    const mrqc = this.#registers.get(MRQC);
    this.hash = 0;
    this.type = RssType.none;
    if ((mrqc & MRQC_ENABLE) !== MRQC_RSS) {
      return (mrqc >>> MRQC_DEFAULT_QUEUE_SHIFT) & 7;
    }
    this.type = packet.ip === 0 ? RssType.none : typeOf(packet, mrqc);
    // What can't be hashed goes where a hash of 0 goes.
    if (this.type === RssType.none) return 0;
    this.#useKey();
    this.hash = this.#hashOf(packet);
    const entry = this.hash & 0x7f;
    const word = this.#registers.get(RETA + (entry & ~3));
    return (word >>> (8 * (entry & 3))) & (QUEUES - 1);
  }

  #hashOf(packet: Packet): number {
    const { bytes, ip, isIpv6, transport } = packet;
    const first = isIpv6 ? ip + 8 : ip + 12;
    const length = isIpv6 ? 32 : 8;
    const table = this.#table;
    let hash = 0;
    for (let index = 0; index < length; index++) {
      hash ^= table[index * 256 + (bytes[first + index] as number)] as number;
    }
    if (hashesPorts(this.type)) {
      for (let index = 0; index < 4; index++) {
        hash ^= table[(length + index) * 256 + (bytes[transport + index] as number)] as number;
      }
    }
    return hash >>> 0;
  }

  /** Makes the table anew when the key has changed. */
  #useKey(): void {
    let isSame = true;
    const key = this.#key;
    for (let index = 0; index < key.length; index++) {
      const word = this.#registers.get(RSSRK + 4 * index);
      if (key[index] === word) continue;
      key[index] = word;
      isSame = false;
    }
    if (isSame && this.#hasTable) return;
    this.#hasTable = true;
    const bytes = new Uint8Array(key.buffer);
    for (let place = 0; place < LONGEST_INPUT; place++) {
      const windows = Array.from({ length: 8 }, (_, bit) => keyWindow(bytes, place * 8 + bit));
      for (let value = 0; value < 256; value++) {
        let sum = 0;
        for (let bit = 0; bit < 8; bit++) {
          if ((value & (0x80 >>> bit)) !== 0) sum ^= windows[bit] as number;
        }
        this.#table[place * 256 + value] = sum;
      }
    }
  }
}

/** The 32 bits of the key from a bit on. */
function keyWindow(key: Uint8Array, bit: number): number {
  const at = bit >>> 3;
  const shift = bit & 7;
  let window = 0;
  for (let index = 0; index < 4; index++) window = (window << 8) | (key[at + index] ?? 0);
  return shift === 0 ? window : (window << shift) | ((key[at + 4] ?? 0) >>> (8 - shift));
}

/** The best kind of hash that MRQC lets the packet have. */
function typeOf(packet: Packet, mrqc: number): RssType {
  const has = (bit: number): boolean => (mrqc & bit) !== 0;
  const isTcp = packet.transport !== 0 && packet.protocol === PROTOCOL_TCP;
  const isUdp = packet.transport !== 0 && packet.protocol === PROTOCOL_UDP;
  if (!packet.isIpv6) {
    if (isTcp && has(TCP_IPV4)) return RssType.tcpIpv4;
    if (isUdp && has(UDP_IPV4)) return RssType.udpIpv4;
    return has(IPV4) ? RssType.ipv4 : RssType.none;
  }
  if (isTcp && has(TCP_IPV6_EX) && packet.hasExtensions) return RssType.tcpIpv6Ex;
  if (isTcp && has(TCP_IPV6)) return RssType.tcpIpv6;
  if (isUdp && has(UDP_IPV6_EX) && packet.hasExtensions) return RssType.udpIpv6Ex;
  if (isUdp && has(UDP_IPV6)) return RssType.udpIpv6;
  if (has(IPV6_EX) && packet.hasExtensions) return RssType.ipv6Ex;
  return has(IPV6) ? RssType.ipv6 : RssType.none;
}

function hashesPorts(type: RssType): boolean {
  return (
    type === RssType.tcpIpv4 ||
    type === RssType.udpIpv4 ||
    type === RssType.tcpIpv6 ||
    type === RssType.tcpIpv6Ex ||
    type === RssType.udpIpv6 ||
    type === RssType.udpIpv6Ex
  );
}
