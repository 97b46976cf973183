/**
 * Cutting large packets of TCP or UDP into segments (82576 data sheet §7.2.4): each gets the headers, with
 * lengths, identification, sequence number, flags and checksums of its own.
 */
import { DTXTCPFLGH, DTXTCPFLGL } from './registers.js';
import type { RegisterFile } from './register-file.js';
import { L4_TCP, type TransmitContext } from './transmit-descriptor.js';
import { insertIpChecksum, insertTransportChecksum, putWord } from './transmit-offload.js';

/** Room before a segment for a VLAN tag. */
const HEADROOM = 16;
/** The longest segment, with its headers: what the controller sends. */
const LONGEST = 9728;
const TCP_SEQUENCE = 4;
const TCP_FLAGS = 12;
const IP_LENGTH = 2;
const IP_IDENTIFICATION = 4;
const IPV6_LENGTH = 4;
const IPV6_HEADER = 40;

/** What is to be cut. */
export interface LargePacket {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly length: number;
}

/** What checksums are to be filled in. */
export interface ChecksumWishes {
  readonly ip: boolean;
  readonly transport: boolean;
}

export class Segmentation {
  /** Where segments are made. */
  readonly bytes = new Uint8Array(HEADROOM + LONGEST);
  /** Where the segment made last begins, and its bytes. */
  readonly start = HEADROOM;
  length = 0;
  readonly #registers: RegisterFile;

  constructor(registers: RegisterFile) {
    this.#registers = registers;
  }

  /** How many segments there will be; 0: the context can't be. */
  count({ length }: LargePacket, context: TransmitContext): number {
    const { segmentSize, macLength, ipLength, l4Length } = context;
    const headers = context.l4Offset + l4Length;
    const leastL4 = context.l4Type === L4_TCP ? 20 : 8;
    const leastIp = context.isIpv4 ? 20 : IPV6_HEADER;
    if (segmentSize === 0 || macLength < 14 || ipLength < leastIp || l4Length < leastL4) return 0;
    if (headers >= length || headers + segmentSize > LONGEST) return 0;
    return Math.ceil((length - headers) / segmentSize);
  }

  /** Makes one segment. @param number from 0 on, less than `count` says */
  make(
    packet: LargePacket,
    context: TransmitContext,
    number: number,
    wishes: ChecksumWishes,
  ): void {
    const { segmentSize } = context;
    const headers = context.l4Offset + context.l4Length;
    const from = headers + number * segmentSize;
    const payload = Math.min(segmentSize, packet.length - from);
    const source = packet.start;
    const { bytes, start } = this;
    bytes.set(packet.bytes.subarray(source, source + headers), start);
    const data = packet.bytes.subarray(source + from, source + from + payload);
    bytes.set(data, start + headers);
    this.length = headers + payload;
    this.#adaptIp(context, number);
    const l4 = start + context.l4Offset;
    const l4Length = context.l4Length + payload;
    if (context.l4Type === L4_TCP) {
      const isLast = from + payload === packet.length;
      this.#adaptTcp(l4, number * segmentSize, { isFirst: number === 0, isLast });
    } else putWord(bytes, l4 + 4, l4Length);
    if (wishes.ip) insertIpChecksum(bytes, start, this.length, context);
    if (wishes.transport) insertTransportChecksum(bytes, start, this.length, context, l4Length);
  }

  #adaptIp(context: TransmitContext, number: number): void {
    const { bytes, start } = this;
    const ip = start + context.macLength;
    const length = this.length - context.macLength;
    if (context.isIpv4) {
      putWord(bytes, ip + IP_LENGTH, length);
      const identification = getWord(bytes, ip + IP_IDENTIFICATION);
      putWord(bytes, ip + IP_IDENTIFICATION, identification + number);
    } else putWord(bytes, ip + IPV6_LENGTH, length - IPV6_HEADER);
  }

  /** Flags that all segments have, or the first, or the last: by masks of 12 bits (§8.12.6). */
  #adaptTcp(l4: number, distance: number, place: { isFirst: boolean; isLast: boolean }): void {
    const { bytes } = this;
    const at = l4 + TCP_SEQUENCE;
    const sequence = getWord(bytes, at) * 0x1_0000 + getWord(bytes, at + 2) + distance;
    putWord(bytes, at, Math.floor(sequence / 0x1_0000) & 0xffff);
    putWord(bytes, at + 2, sequence % 0x1_0000);
    const low = this.#registers.get(DTXTCPFLGL);
    let mask = place.isLast ? this.#registers.get(DTXTCPFLGH) : low >>> 16;
    if (place.isFirst) mask = place.isLast ? 0xfff : low;
    const word = getWord(bytes, l4 + TCP_FLAGS);
    putWord(bytes, l4 + TCP_FLAGS, (word & 0xf000) | (word & mask & 0xfff));
  }
}

function getWord(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
