/** Checksums: of the Internet (RFC 1071), and the CRCs of Ethernet and SCTP. */
import { type Packet, PROTOCOL_SCTP, PROTOCOL_TCP, PROTOCOL_UDP } from './packet.js';

/** Adds words of 16 bits, most significant byte first; an odd byte at the end counts as the upper one. */
export function sumWords(bytes: Uint8Array, start: number, end: number, seed = 0): number {
  let sum = seed;
  const even = end - ((end - start) & 1);
  for (let at = start; at < even; at += 2) {
    sum += ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  }
  return even < end ? sum + ((bytes[even] as number) << 8) : sum;
}

/** A sum as one word: carries are added at the lower end. */
export function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x1_0000);
  return folded;
}

/** The sum that belongs to TCP and UDP beside what is in them: addresses, protocol, length. */
export function pseudoHeaderSum(packet: Packet): number {
  const { bytes, ip, transport, ipEnd, isIpv6 } = packet;
  const addresses = isIpv6 ? ip + 8 : ip + 12;
  const sum = sumWords(bytes, addresses, addresses + (isIpv6 ? 32 : 8));
  return sum + packet.protocol + (ipEnd - transport);
}

/** Whether the checksum of an IPv4 header is right. */
export function isIpv4HeaderGood({ bytes, ip }: Packet): boolean {
  return fold(sumWords(bytes, ip, ip + ((bytes[ip] as number) & 0xf) * 4)) === 0xffff;
}

/** Whether the checksum of TCP, UDP or SCTP is right; undefined: there is none to check. */
export function isTransportGood(packet: Packet): boolean | undefined {
  const { bytes, transport, ipEnd, protocol } = packet;
  if (transport === 0) return undefined;
  if (protocol === PROTOCOL_SCTP) return isSctpGood(bytes, transport, ipEnd);
  if (protocol !== PROTOCOL_TCP && protocol !== PROTOCOL_UDP) return undefined;
  const isUnchecked =
    protocol === PROTOCOL_UDP && ((bytes[transport + 6] ?? 0) | (bytes[transport + 7] ?? 0)) === 0;
  // Without a checksum: allowed with IPv4.
  if (isUnchecked) return undefined;
  return fold(sumWords(bytes, transport, ipEnd, pseudoHeaderSum(packet))) === 0xffff;
}

/** CRC-32 as Ethernet has it (IEEE 802.3 §3.2.9), of the bytes from start to end. */
export function ethernetCrc(bytes: Uint8Array, start: number, end: number): number {
  return crc(ETHERNET_TABLE, bytes, start, end);
}

/** CRC-32C as SCTP has it (RFC 9260 appendix A). */
export function sctpCrc(bytes: Uint8Array, start: number, end: number): number {
  return crc(SCTP_TABLE, bytes, start, end);
}

const SCTP_CHECKSUM = 8;

/** The checksum is of the packet with zeros in its place. */
function isSctpGood(bytes: Uint8Array, start: number, end: number): boolean {
  const at = start + SCTP_CHECKSUM;
  const packet = bytes.slice(start, end);
  packet.fill(0, SCTP_CHECKSUM, SCTP_CHECKSUM + 4);
  const expected = sctpCrc(packet, 0, packet.length);
  for (let index = 0; index < 4; index++) {
    if (bytes[at + index] !== ((expected >>> (8 * index)) & 0xff)) return false;
  }
  return true;
}

function crc(table: Uint32Array, bytes: Uint8Array, start: number, end: number): number {
  let value = 0xffff_ffff;
  for (let at = start; at < end; at++) {
    value = (table[(value ^ (bytes[at] as number)) & 0xff] as number) ^ (value >>> 8);
  }
  return (value ^ 0xffff_ffff) >>> 0;
}

/** @param polynomial with its bits reversed */
function crcTable(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++)
      value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ polynomial;
    return value;
  });
}

const ETHERNET_TABLE = crcTable(0xedb8_8320);
const SCTP_TABLE = crcTable(0x82f6_3b78);
