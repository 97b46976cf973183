/**
 * The receive packet buffer (82576 data sheet §7.1.3): packets wait here, with what was found out about them,
 * until there are descriptors for them.
 */

/** A packet that waits. */
export interface BufferedPacket {
  /** Where it is in the buffer, and its bytes. */
  offset: number;
  length: number;
  /** Bytes that it had on the wire, with CRC. */
  octets: number;
  queue: number;
  /** The words that are written back: type, hash, status and errors, VLAN tag. */
  info: number;
  hash: number;
  status: number;
  tag: number;
  /** Bytes of headers, for splitting; 0: it is not to be split. */
  headerLength: number;
  /** It was counted as waiting for descriptors. */
  isCounted: boolean;
}

/** Packets, however short. */
const MOST_PACKETS = 1024;

export class PacketBuffer {
  readonly bytes: Uint8Array;
  /** Bytes that packets may take. */
  readonly #size: number;
  readonly #packets: BufferedPacket[] = Array.from({ length: MOST_PACKETS }, () => ({
    offset: 0,
    length: 0,
    octets: 0,
    queue: 0,
    info: 0,
    hash: 0,
    status: 0,
    tag: 0,
    headerLength: 0,
    isCounted: false,
  }));
  #first = 0;
  #count = 0;
  /** Where the next packet goes. */
  #end = 0;

  /** @param size bytes of the buffer */
  constructor(size: number) {
    this.#size = size;
    this.bytes = new Uint8Array(size);
  }

  get count(): number {
    return this.#count;
  }

  /** Whether less than half of it is left. */
  get isFilling(): boolean {
    return this.#count > 0 && (this.#count * 2 >= MOST_PACKETS || this.#used * 2 >= this.#size);
  }

  /** A place for a packet of so many bytes, behind all others; undefined: the buffer is full. */
  add(length: number): BufferedPacket | undefined {
    if (this.#count === MOST_PACKETS) return undefined;
    const offset = this.#placeFor(length);
    if (offset === undefined) return undefined;
    const packet = this.#packets[(this.#first + this.#count) % MOST_PACKETS] as BufferedPacket;
    this.#count += 1;
    this.#end = offset + length;
    packet.offset = offset;
    packet.length = length;
    packet.isCounted = false;
    return packet;
  }

  /** The packet at a place, 0 being the oldest. */
  at(place: number): BufferedPacket {
    return this.#packets[(this.#first + place) % MOST_PACKETS] as BufferedPacket;
  }

  /** The oldest packets have left. */
  remove(count: number): void {
    this.#first = (this.#first + count) % MOST_PACKETS;
    this.#count -= count;
    if (this.#count === 0) this.#end = 0;
  }

  clear(): void {
    this.remove(this.#count);
  }

  get #used(): number {
    const start = this.at(0).offset;
    return this.#end > start ? this.#end - start : this.#size - start + this.#end;
  }

  /** A packet is never in two pieces: what is left at the end may stay empty. */
  #placeFor(length: number): number | undefined {
    const end = this.#end;
    if (this.#count === 0) return length <= this.#size ? 0 : undefined;
    const start = this.at(0).offset;
    if (end > start) {
      if (end + length <= this.#size) return end;
      return length <= start ? 0 : undefined;
    }
    return end + length <= start ? end : undefined;
  }
}
