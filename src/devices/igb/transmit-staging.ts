/** Packets of a burst on their way out: found among its descriptors, and gathered from host memory in one go. */
import type { Dma } from '../../pci/dma.js';
import { ScatterList } from './scatter-list.js';
import type { TransmitDescriptors } from './transmit-descriptor.js';

/** Room for a tag before the first packet; before the others is a packet that has been sent. */
const HEADROOM = 16;
/** The longest packet to be cut into segments that there is room for. */
const LONGEST_PACKET = 256 * 1024;
const BUFFER_BYTES = HEADROOM + LONGEST_PACKET + 64 * 1024;
/** Views of frames that are kept, for mostly those of the next burst are at the same places. */
const VIEWS = 256;

/** A packet: its descriptors, and its data in the buffer. */
export interface StagedPacket {
  /** Descriptors from `first` to before `end`. */
  first: number;
  end: number;
  /** Pieces in the list of the data, from `firstPiece` to before `endPiece`. */
  firstPiece: number;
  endPiece: number;
  start: number;
  length: number;
}

export class TransmitStaging {
  readonly bytes = new Uint8Array(BUFFER_BYTES);
  /** Packets in it. */
  count = 0;
  /** The first packet is longer than there is room for. */
  isTooLong = false;
  readonly #descriptors: TransmitDescriptors;
  readonly #list: ScatterList;
  readonly #packets: readonly StagedPacket[];
  readonly #views: Uint8Array[] = Array.from({ length: VIEWS }, () => new Uint8Array(0));

  /** @param burst descriptors there are at most */
  constructor(descriptors: TransmitDescriptors, burst: number) {
    this.#descriptors = descriptors;
    this.#list = new ScatterList(burst);
    this.#packets = Array.from({ length: burst }, emptyPacket);
  }

  at(index: number): StagedPacket {
    return this.#packets[index] as StagedPacket;
  }

  /** Finds the packets that are whole. @returns descriptors that belong to them */
  find(descriptorCount: number): number {
    const descriptors = this.#descriptors;
    this.#list.truncate(0);
    this.count = 0;
    this.isTooLong = false;
    let start = HEADROOM;
    let found = 0;
    while (found < descriptorCount) {
      if (descriptors.isContext(found)) {
        found += 1;
        continue;
      }
      const packet = this.at(this.count);
      packet.first = found;
      packet.start = start;
      if (!this.#add(packet, descriptorCount)) return found;
      found = packet.end;
      this.count += 1;
      start += packet.length;
    }
    return found;
  }

  /** Gets the data of the packets. */
  gather(dma: Dma): void {
    this.#list.read(dma, this.bytes);
  }

  /** Whether data of a packet could not be read. */
  hasFault({ firstPiece, endPiece }: StagedPacket): boolean {
    for (let piece = firstPiece; piece < endPiece; piece++) {
      if (this.#list.hasFailed(piece)) return true;
    }
    return false;
  }

  /** Bytes of the buffer as a frame. */
  view(start: number, length: number): Uint8Array {
    const place = Math.imul(start, 0x9e37_79b1) >>> 24;
    const known = this.#views[place] as Uint8Array;
    if (known.length === length && known.byteOffset === this.bytes.byteOffset + start) return known;
    const view = this.bytes.subarray(start, start + length);
    this.#views[place] = view;
    return view;
  }

  /** Lists the data of a packet. False: it is not whole, or there is no room. */
  #add(packet: StagedPacket, descriptorCount: number): boolean {
    const descriptors = this.#descriptors;
    const list = this.#list;
    packet.firstPiece = list.count;
    packet.length = 0;
    for (let at = packet.first; at < descriptorCount; at++) {
      const length = descriptors.length(at);
      const place = packet.start + packet.length;
      const isTooLong = packet.length + length > LONGEST_PACKET;
      if (isTooLong || place + length > this.bytes.length) {
        this.isTooLong = isTooLong && this.count === 0;
        break;
      }
      list.add(descriptors.address(at), place, length);
      packet.length += length;
      if (!descriptors.isEnd(at)) continue;
      packet.end = at + 1;
      packet.endPiece = list.count;
      return true;
    }
    list.truncate(packet.firstPiece);
    return false;
  }
}

function emptyPacket(): StagedPacket {
  return { first: 0, end: 0, firstPiece: 0, endPiece: 0, start: 0, length: 0 };
}
