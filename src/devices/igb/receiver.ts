/**
 * Reception (82576 data sheet §7.1): filters packets, looks into them, and puts them into buffers in host
 * memory. Bursts cost three transfers, however many packets they have: descriptors, data, and what is written
 * back.
 */
import type { Dma } from '../../pci/dma.js';
import { ethernetCrc } from './checksum.js';
import { Filters } from './filters.js';
import { ETHERTYPE_VLAN, Packet } from './packet.js';
import { type BufferedPacket, PacketBuffer } from './packet-buffer.js';
import * as descriptor from './receive-descriptor.js';
import { FETCH, ReceiveRing } from './receive-ring.js';
import type { RegisterFile } from './register-file.js';
import * as registers from './registers.js';
import { Rss } from './rss.js';
import { ScatterList } from './scatter-list.js';
import { destinationKind, MPC, RNBC, ROC, RUC, RXERRC, type Statistics } from './statistics.js';

const { CTRL, QUEUES, RCTL, RLPML, RQDPC, RXCSUM, SRRCTL, VET } = registers;

/** Frames without CRC. */
const SHORTEST_FRAME = 60;
const CRC_BYTES = 4;
/** With CRC, while RCTL.LPE is not set: what a VLAN tag makes of the longest usual one. */
const LONGEST_USUAL = 1522;
/** The packet buffer's default size. */
const BUFFER_BYTES = 64 * 1024;
/** Pieces of data of a burst. */
const BURST = 256;
/** Bytes of buffers, by RCTL.BSIZE, for queues that do not say. */
const BUFFER_SIZES = [2048, 1024, 512, 256] as const;
const TAG_BYTES = 4;
const ADDRESS_BYTES = 12;

/** Who hears of what is received. */
export interface ReceiveEvents {
  /** A queue has new packets. */
  received(queue: number): void;
  /** Packets were lost for want of room. */
  overrun(): void;
  broken(problem: string): void;
}

export class Receiver {
  readonly #registers: RegisterFile;
  readonly #dma: Dma;
  readonly #statistics: Statistics;
  readonly #events: ReceiveEvents;
  readonly #filters: Filters;
  readonly #rss: Rss;
  readonly #packet = new Packet();
  readonly #buffer = new PacketBuffer(BUFFER_BYTES);
  readonly #rings: readonly ReceiveRing[];
  readonly #data = new ScatterList(BURST);
  /** By piece of data: the queue and the number of the descriptor that it was for. */
  readonly #queueOf = new Uint8Array(BURST);
  readonly #slotOf = new Uint8Array(BURST);
  /** Queues that a burst has written to, as bits. */
  #touched = 0;

  constructor(file: RegisterFile, dma: Dma, statistics: Statistics, events: ReceiveEvents) {
    this.#registers = file;
    this.#dma = dma;
    this.#statistics = statistics;
    this.#events = events;
    this.#filters = new Filters(file);
    this.#rss = new Rss(file);
    this.#rings = Array.from({ length: QUEUES }, (_, number) => new ReceiveRing(number, file, dma));
  }

  /** Packets that wait. */
  get waiting(): number {
    return this.#buffer.count;
  }

  get canReceive(): boolean {
    return (this.#registers.get(RCTL) & registers.RCTL_EN) !== 0 && !this.#buffer.isFilling;
  }

  reset(): void {
    this.#buffer.clear();
  }

  /** Takes a frame from the wire. False: it was lost, and counted. */
  receive(frame: Uint8Array): boolean {
    const rctl = this.#registers.get(RCTL);
    if ((rctl & registers.RCTL_EN) === 0) return false;
    const { length } = frame;
    const statistics = this.#statistics;
    statistics.arrived(length);
    if (length < SHORTEST_FRAME) {
      statistics.add(RUC);
      return true;
    }
    const isLong = (rctl & registers.RCTL_LPE) !== 0;
    if (length + CRC_BYTES > (isLong ? this.#registers.get(RLPML) & 0x3fff : LONGEST_USUAL)) {
      statistics.add(ROC);
      return true;
    }
    const kind = destinationKind(frame);
    if (!this.#filters.passesAddress(frame, kind)) return true;
    const tagType = this.#registers.get(VET) & 0xffff || ETHERTYPE_VLAN;
    const isTagged = frame[12] === tagType >>> 8 && frame[13] === (tagType & 0xff);
    const tag = isTagged ? ((frame[14] as number) << 8) | (frame[15] as number) : 0;
    if (isTagged && !this.#filters.passesVlan(tag)) return true;
    if (this.#buffer.isFilling) this.deliver();
    if (!this.#store(frame, { rctl, isTagged, tag, tagType })) {
      statistics.add(MPC);
      this.#events.overrun();
      return false;
    }
    statistics.received(length, kind);
    return true;
  }

  /** Moves packets that wait to host memory, as far as there are descriptors. Whether any moved. */
  deliver(): boolean {
    let worked = false;
    while (this.#buffer.count > 0 && this.#deliverBurst()) worked = true;
    return worked;
  }

  #store(
    frame: Uint8Array,
    how: { rctl: number; isTagged: boolean; tag: number; tagType: number },
  ): boolean {
    const isStripped = how.isTagged && (this.#registers.get(CTRL) & registers.CTRL_VME) !== 0;
    const keepsCrc = (how.rctl & registers.RCTL_SECRC) === 0;
    const stripped = frame.length - (isStripped ? TAG_BYTES : 0);
    const entry = this.#buffer.add(stripped + (keepsCrc ? CRC_BYTES : 0));
    if (entry === undefined) return false;
    const { bytes } = this.#buffer;
    const { offset } = entry;
    if (isStripped) {
      bytes.set(frame.subarray(0, ADDRESS_BYTES), offset);
      bytes.set(frame.subarray(ADDRESS_BYTES + TAG_BYTES), offset + ADDRESS_BYTES);
    } else bytes.set(frame, offset);
    if (keepsCrc) {
      const crc = ethernetCrc(frame, 0, frame.length);
      for (let at = 0; at < CRC_BYTES; at++) bytes[offset + stripped + at] = crc >>> (8 * at);
    }
    entry.octets = frame.length + CRC_BYTES;
    entry.tag = isStripped ? how.tag : 0;
    this.#describe(entry, stripped, how.tagType, isStripped);
    return true;
  }

  /** Finds out what descriptors say of a packet. */
  #describe(entry: BufferedPacket, length: number, tagType: number, isStripped: boolean): void {
    const packet = this.#packet;
    packet.parse(this.#buffer.bytes, entry.offset, length, tagType);
    entry.queue = this.#rss.classify(packet);
    const rxcsum = this.#registers.get(RXCSUM);
    entry.status =
      descriptor.checksumStatus(packet, rxcsum) | (isStripped ? descriptor.STATUS_VP : 0);
    entry.info = descriptor.packetType(packet);
    entry.hash = 0;
    if ((rxcsum & registers.RXCSUM_PCSD) !== 0) {
      entry.info |= this.#rss.type;
      entry.hash = this.#rss.hash;
    }
    entry.headerLength = packet.headerLength;
  }

  #deliverBurst(): boolean {
    const data = this.#data;
    data.truncate(0);
    this.#touched = 0;
    for (const ring of this.#rings) ring.begin();
    let done = 0;
    while (done < this.#buffer.count && this.#place(this.#buffer.at(done))) done += 1;
    if (done === 0) return false;
    if (!data.write(this.#dma, this.#buffer.bytes)) this.#markFaults();
    this.#buffer.remove(done);
    for (let queue = 0; queue < QUEUES; queue++) {
      if ((this.#touched & (1 << queue)) !== 0) this.#endBurst(queue);
    }
    return true;
  }

  #endBurst(queue: number): void {
    if (!(this.#rings[queue] as ReceiveRing).writeBack()) {
      this.#events.broken(`receive queue ${queue}: its ring can't be written, and it is disabled`);
    }
    this.#events.received(queue);
  }

  /** Finds descriptors for a packet and lists what goes where. False: it has to wait. */
  #place(entry: BufferedPacket): boolean {
    const ring = this.#rings[entry.queue] as ReceiveRing;
    if (!ring.isEnabled || ring.size === 0) return this.#drop(ring);
    const srrctl = this.#registers.get(ring.base + SRRCTL);
    const bufferBytes = (srrctl & 0x7f) * 1024 || this.#defaultBufferBytes();
    const split = splitLength(entry, srrctl);
    const needed = Math.max(1, Math.ceil((entry.length - split) / bufferBytes));
    if (needed >= ring.size || needed > FETCH) return this.#drop(ring);
    if (ring.available() < needed) {
      if (srrctl >= registers.SRRCTL_DROP_EN) return this.#drop(ring);
      if (!entry.isCounted) this.#statistics.add(RNBC);
      entry.isCounted = true;
      return false;
    }
    if (this.#data.count + needed + 1 > BURST) return false;
    if (!ring.prepare(needed)) return !ring.isEnabled && this.#breakRing(ring, entry.queue);
    let at = split;
    for (let index = 0; index < needed; index++) {
      const length = Math.min(bufferBytes, entry.length - at);
      const isLast = index === needed - 1;
      this.#fill(ring, entry, { at, length, isLast, split: index === 0 ? split : 0, srrctl });
      at += length;
    }
    this.#statistics.delivered(entry.octets);
    this.#touched |= 1 << entry.queue;
    return true;
  }

  /** Uses one descriptor: lists its data, and itself as it is written back. */
  #fill(
    ring: ReceiveRing,
    entry: BufferedPacket,
    part: { at: number; length: number; isLast: boolean; split: number; srrctl: number },
  ): void {
    const { at, length, split } = part;
    const address = ring.dataAddress;
    if (split > 0) this.#add(ring.headerAddress, entry.offset, split, entry.queue);
    this.#add(address, entry.offset + at, length, entry.queue);
    const status = descriptor.STATUS_DD | entry.status | (part.isLast ? descriptor.STATUS_EOP : 0);
    const tag = entry.tag << 16;
    if (descriptorType(part.srrctl) === descriptor.DESCTYPE_LEGACY) {
      ring.fill(low(address), high(address), length, descriptor.legacyStatus(status) | tag);
    } else {
      const header =
        split > 0 ? descriptor.SPLIT_HEADER | (split << descriptor.HEADER_LENGTH_SHIFT) : 0;
      ring.fill(entry.info | header, entry.hash, status, length | tag);
    }
  }

  /** Lists a piece of data that goes to what the next descriptor of a queue says. */
  #add(address: bigint, offset: number, length: number, queue: number): void {
    const piece = this.#data.count;
    this.#queueOf[piece] = queue;
    this.#slotOf[piece] = (this.#rings[queue] as ReceiveRing).slot;
    this.#data.add(address, offset, length);
  }

  /** Data that could not be written: its descriptors say so. */
  #markFaults(): void {
    for (let piece = 0; piece < this.#data.count; piece++) {
      if (!this.#data.hasFailed(piece)) continue;
      const ring = this.#rings[this.#queueOf[piece] as number] as ReceiveRing;
      ring.addStatus(this.#slotOf[piece] as number, descriptor.ERROR_RXE);
      this.#statistics.add(RXERRC);
    }
  }

  #breakRing(ring: ReceiveRing, queue: number): true {
    this.#events.broken(`receive queue ${queue}: its ring can't be read, and it is disabled`);
    return this.#drop(ring);
  }

  /** The packet is lost: its queue is off, or has no room and says that packets are not to wait. */
  #drop(ring: ReceiveRing): true {
    const counter = ring.base + RQDPC;
    this.#registers.set(counter, this.#registers.get(counter) + 1);
    return true;
  }

  #defaultBufferBytes(): number {
    const size = (this.#registers.get(RCTL) >>> registers.RCTL_BSIZE_SHIFT) & 3;
    return BUFFER_SIZES[size as 0 | 1 | 2 | 3];
  }
}

function low(address: bigint): number {
  return Number(address & 0xffff_ffffn);
}

function high(address: bigint): number {
  return Number(address >> 32n);
}

function descriptorType(srrctl: number): number {
  return (srrctl >>> descriptor.DESCTYPE_SHIFT) & 7;
}

/** How much of a packet goes into the header's buffer. */
function splitLength(entry: BufferedPacket, srrctl: number): number {
  const type = descriptorType(srrctl);
  const room = ((srrctl >>> 8) & 0x3f) * 64;
  if (type === descriptor.DESCTYPE_SPLIT_ALWAYS)
    return Math.min(entry.headerLength || entry.length, room);
  if (type !== descriptor.DESCTYPE_SPLIT || entry.headerLength > room) return 0;
  return entry.headerLength;
}
