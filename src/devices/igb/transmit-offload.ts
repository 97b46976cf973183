/** What the controller does to packets on their way out (82576 data sheet §7.2.4, §7.2.5). */
import { fold, sctpCrc, sumWords } from './checksum.js';
import { L4_SCTP, L4_TCP, type TransmitContext } from './transmit-descriptor.js';

const IP_CHECKSUM = 10;
const TCP_CHECKSUM = 16;
const UDP_CHECKSUM = 6;
const SCTP_CHECKSUM = 8;

/** Fills in the checksum of the IPv4 header. Nothing happens when the context can't be. */
export function insertIpChecksum(
  bytes: Uint8Array,
  start: number,
  length: number,
  context: TransmitContext,
): void {
  const at = start + context.macLength;
  const end = at + context.ipLength;
  if (!context.isIpv4 || context.ipLength < 20 || end > start + length) return;
  putWord(bytes, at + IP_CHECKSUM, 0);
  putWord(bytes, at + IP_CHECKSUM, ~fold(sumWords(bytes, at, end)));
}

/**
 * Fills in the checksum of TCP, UDP or SCTP. Software has put the sum of the pseudo header where the checksum
 * goes.
 * @param seed what is to be added to that: the length, when software could not know it
 */
export function insertTransportChecksum(
  bytes: Uint8Array,
  start: number,
  length: number,
  context: TransmitContext,
  seed = 0,
): void {
  const at = start + context.l4Offset;
  const end = start + length;
  const { l4Type } = context;
  if (l4Type === L4_SCTP) {
    insertSctpChecksum(bytes, at, end);
    return;
  }
  const place = at + (l4Type === L4_TCP ? TCP_CHECKSUM : UDP_CHECKSUM);
  if (place + 2 > end) return;
  const checksum = ~fold(sumWords(bytes, at, end, seed)) & 0xffff;
  // In UDP, 0 says that there is none.
  putWord(bytes, place, checksum === 0 && l4Type !== L4_TCP ? 0xffff : checksum);
}

/** As a legacy descriptor wants it: the sum of everything from one place on, put into another. */
export function insertChecksum(
  bytes: Uint8Array,
  start: number,
  length: number,
  places: { readonly from: number; readonly to: number },
): void {
  if (places.to + 2 > length || places.from > length) return;
  const sum = sumWords(bytes, start + places.from, start + length);
  putWord(bytes, start + places.to, ~fold(sum));
}

function insertSctpChecksum(bytes: Uint8Array, at: number, end: number): void {
  const place = at + SCTP_CHECKSUM;
  if (place + 4 > end) return;
  bytes.fill(0, place, place + 4);
  const crc = sctpCrc(bytes, at, end);
  for (let index = 0; index < 4; index++) bytes[place + index] = crc >>> (8 * index);
}

/**
 * Inserts a VLAN tag behind the addresses, which move to the front by its length: there must be room.
 * @returns the new start
 */
export function insertTag(
  bytes: Uint8Array,
  start: number,
  tag: { readonly type: number; readonly value: number },
): number {
  const ADDRESSES = 12;
  const TAG = 4;
  const moved = start - TAG;
  bytes.copyWithin(moved, start, start + ADDRESSES);
  putWord(bytes, moved + ADDRESSES, tag.type);
  putWord(bytes, moved + ADDRESSES + 2, tag.value);
  return moved;
}

export function putWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}
