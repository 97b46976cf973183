/** Receive descriptors (82576 data sheet §7.1.4, §7.1.5) and what they say of a packet. */
import { isIpv4HeaderGood, isTransportGood } from './checksum.js';
import {
  ETHERTYPE_IPV4,
  type Packet,
  PROTOCOL_SCTP,
  PROTOCOL_TCP,
  PROTOCOL_UDP,
} from './packet.js';
import { RXCSUM_IPOFLD, RXCSUM_TUOFLD } from './registers.js';

/** SRRCTL.DESCTYPE: which format descriptors have. */
export const DESCTYPE_SHIFT = 25;
export const DESCTYPE_LEGACY = 0;
export const DESCTYPE_SPLIT = 2;
export const DESCTYPE_SPLIT_ALWAYS = 5;

// Extended status and errors, third word written back.
export const STATUS_DD = 1 << 0;
export const STATUS_EOP = 1 << 1;
export const STATUS_VP = 1 << 3;
const STATUS_UDPCS = 1 << 4;
const STATUS_L4CS = 1 << 5;
const STATUS_IPCS = 1 << 6;
/** Passed by a hash only: software has to look again. */
export const STATUS_PIF = 1 << 7;
const ERROR_L4E = 1 << 29;
const ERROR_IPE = 1 << 30;
/** The packet is not what was received. */
export const ERROR_RXE = 2 ** 31;

/** In the first word: the header was split off. */
export const SPLIT_HEADER = 2 ** 31;
export const HEADER_LENGTH_SHIFT = 21;

// Packet types, in bits 4 to 16 of the first word.
const TYPE_IPV4 = 1 << 4;
const TYPE_IPV4_OPTIONS = 1 << 5;
const TYPE_IPV6 = 1 << 6;
const TYPE_IPV6_EXTENSIONS = 1 << 7;
const TYPE_TCP = 1 << 8;
const TYPE_UDP = 1 << 9;
const TYPE_SCTP = 1 << 10;

/** What the packet is, for the first word. */
export function packetType(packet: Packet): number {
  if (packet.ip === 0) return 0;
  let type = packet.isIpv6 ? TYPE_IPV6 : TYPE_IPV4;
  if (packet.hasExtensions) type |= packet.isIpv6 ? TYPE_IPV6_EXTENSIONS : TYPE_IPV4_OPTIONS;
  if (packet.transport === 0) return type;
  if (packet.protocol === PROTOCOL_TCP) type |= TYPE_TCP;
  else if (packet.protocol === PROTOCOL_UDP) type |= TYPE_UDP;
  else if (packet.protocol === PROTOCOL_SCTP) type |= TYPE_SCTP;
  return type;
}

/** What was found of the packet's checksums, as status and errors. @param rxcsum what is to be looked at */
export function checksumStatus(packet: Packet, rxcsum: number): number {
  if (packet.ip === 0) return 0;
  let status = 0;
  if (packet.etherType === ETHERTYPE_IPV4 && (rxcsum & RXCSUM_IPOFLD) !== 0) {
    status |= STATUS_IPCS;
    if (!isIpv4HeaderGood(packet)) status |= ERROR_IPE;
  }
  if ((rxcsum & RXCSUM_TUOFLD) === 0) return status;
  const isGood = isTransportGood(packet);
  if (isGood === undefined) return status;
  status |= STATUS_L4CS;
  if (packet.protocol === PROTOCOL_UDP) status |= STATUS_UDPCS;
  return isGood ? status : status | ERROR_L4E;
}

/** Status and errors as legacy descriptors have them: a byte each (§7.1.4). */
export function legacyStatus(status: number): number {
  const errors =
    ((status & ERROR_L4E) === 0 ? 0 : 1 << 5) | ((status & ERROR_IPE) === 0 ? 0 : 1 << 6);
  const rxe = (status & ERROR_RXE) === 0 ? 0 : 1 << 7;
  return (status & 0xff) | ((errors | rxe) << 8);
}
