/**
 * Transmit descriptors (82576 data sheet §7.2.2): 16 bytes, as four words. Legacy ones, and of the advanced
 * ones data and context.
 */
export const DESCRIPTOR_BYTES = 16;

// Third word. All kinds have the commands in its upper byte.
const EOP = 1 << 24;
const IC = 1 << 26;
const RS = 1 << 27;
const DEXT = 1 << 29;
const VLE = 1 << 30;
const TSE = 2 ** 31;
const DTYP_SHIFT = 20;
const DTYP_CONTEXT = 2;

// Fourth word.
const IXSM = 1 << 8;
const TXSM = 1 << 9;
export const STATUS_DD = 1;

/** Descriptors of one read, by number. */
export class TransmitDescriptors {
  readonly bytes: Uint8Array;
  readonly #words: Uint32Array;
  readonly #addresses: BigUint64Array;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity * DESCRIPTOR_BYTES);
    this.#words = new Uint32Array(this.bytes.buffer);
    this.#addresses = new BigUint64Array(this.bytes.buffer);
  }

  word(index: number, place: 0 | 1 | 2 | 3): number {
    return this.#words[index * 4 + place] as number;
  }

  /** Where data is. */
  address(index: number): bigint {
    return this.#addresses[index * 2] as bigint;
  }

  isContext(index: number): boolean {
    const command = this.word(index, 2);
    return this.isAdvanced(index) && ((command >>> DTYP_SHIFT) & 0xf) === DTYP_CONTEXT;
  }

  isAdvanced(index: number): boolean {
    return (this.word(index, 2) & DEXT) !== 0;
  }

  /** The packet ends here. */
  isEnd(index: number): boolean {
    return (this.word(index, 2) & EOP) !== 0;
  }

  /** Its being done is to be reported. */
  wantsReport(index: number): boolean {
    return (this.word(index, 2) & RS) !== 0;
  }

  /** A VLAN tag is to be inserted. */
  wantsTag(index: number): boolean {
    return (this.word(index, 2) & VLE) !== 0;
  }

  /** The packet is to be cut into segments. */
  isSegmented(index: number): boolean {
    return this.word(index, 2) >= TSE;
  }

  /** Bytes in the buffer. */
  length(index: number): number {
    return this.word(index, 2) & 0xffff;
  }

  // Of legacy descriptors.

  /** A checksum is to be inserted. */
  wantsChecksum(index: number): boolean {
    return (this.word(index, 2) & IC) !== 0;
  }

  /** Where the checksum goes. */
  checksumOffset(index: number): number {
    return (this.word(index, 2) >>> 16) & 0xff;
  }

  /** Where what it is of begins. */
  checksumStart(index: number): number {
    return (this.word(index, 3) >>> 8) & 0xff;
  }

  tag(index: number): number {
    return this.word(index, 3) >>> 16;
  }

  // Of advanced descriptors.

  /** Which of the queue's contexts it uses, or sets. */
  contextIndex(index: number): 0 | 1 {
    return ((this.word(index, 3) >>> 4) & 1) as 0 | 1;
  }

  wantsIpChecksum(index: number): boolean {
    return (this.word(index, 3) & IXSM) !== 0;
  }

  wantsTransportChecksum(index: number): boolean {
    return (this.word(index, 3) & TXSM) !== 0;
  }

  /** Marks it as done (§7.2.2.4). */
  markDone(index: number): void {
    const at = index * 4;
    if (this.isAdvanced(index)) {
      this.#words[at] = this.#words[at + 1] = this.#words[at + 2] = 0;
      this.#words[at + 3] = STATUS_DD;
    } else this.#words[at + 3] = (this.#words[at + 3] as number) | STATUS_DD;
  }
}

const CONTEXT_IPV4 = 1 << 10;
const CONTEXT_L4_SHIFT = 11;

/** What TUCMD.L4T names. */
export const L4_UDP = 0;
export const L4_TCP = 1;
export const L4_SCTP = 2;

/** A context: where headers are, and what is to be done with them (§7.2.2.2). */
export class TransmitContext {
  macLength = 0;
  ipLength = 0;
  vlanTag = 0;
  isIpv4 = false;
  l4Type = 0;
  l4Length = 0;
  /** Bytes of payload of a segment. */
  segmentSize = 0;

  set(descriptors: TransmitDescriptors, index: number): void {
    const lengths = descriptors.word(index, 0);
    const command = descriptors.word(index, 2);
    const sizes = descriptors.word(index, 3);
    this.ipLength = lengths & 0x1ff;
    this.macLength = (lengths >>> 9) & 0x7f;
    this.vlanTag = lengths >>> 16;
    this.isIpv4 = (command & CONTEXT_IPV4) !== 0;
    this.l4Type = (command >>> CONTEXT_L4_SHIFT) & 3;
    this.l4Length = (sizes >>> 8) & 0xff;
    this.segmentSize = sizes >>> 16;
  }

  /** Where the header of TCP, UDP or SCTP begins. */
  get l4Offset(): number {
    return this.macLength + this.ipLength;
  }
}
