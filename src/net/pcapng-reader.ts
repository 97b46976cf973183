/**
 * Reads captures in the newer format: sections in either byte order, interfaces with time stamps of any
 * resolution, enhanced and simple packet blocks. Format: draft-ietf-opsawg-pcapng §3, §4.
 */
import type { BufferedSource } from './buffered-source.js';
import { checkLinkType, checkRecordLength } from './capture-checks.js';
import type { CaptureReader, ReadFrame } from './capture-reader.js';
import { NetworkError } from './network-error.js';

const SECTION_HEADER = 0x0a0d_0d0a;
const BYTE_ORDER = 0x1a2b_3c4d;
const INTERFACE_DESCRIPTION = 1;
const SIMPLE_PACKET = 3;
const ENHANCED_PACKET = 6;

const OPTION_END = 0;
const IF_TIME_RESOLUTION = 9;
const IF_TIME_OFFSET = 14;

const BILLION = 1_000_000_000n;
/** Block type and length at its beginning, length at its end. */
const FRAMING_BYTES = 12;
const LARGEST_BLOCK = 16 * 1024 * 1024;

interface Interface {
  /** Time stamps per second. */
  readonly resolution: bigint;
  readonly offsetSeconds: bigint;
  readonly snapLength: number;
}

export class PcapngReader implements CaptureReader {
  readonly #source: BufferedSource;
  #isLittleEndian = true;
  #interfaces: Interface[] = [];
  #lastNs = 0n;

  /** @param source behind the type of its first block, which was a section header */
  constructor(source: BufferedSource) {
    this.#source = source;
    this.#section();
  }

  next(): ReadFrame | undefined {
    for (;;) {
      const typeBytes = this.#source.take(4);
      if (typeBytes === undefined) return undefined;
      const type = viewOf(typeBytes).getUint32(0, this.#isLittleEndian);
      if (type === SECTION_HEADER) {
        this.#section();
        continue;
      }
      const length = viewOf(this.#source.need(4)).getUint32(0, this.#isLittleEndian);
      const body = this.#body(length);
      if (type === INTERFACE_DESCRIPTION) this.#interfaces.push(this.#interface(body));
      else if (type === ENHANCED_PACKET) return this.#enhanced(body);
      else if (type === SIMPLE_PACKET) return this.#simple(body);
    }
  }

  close(): void {
    this.#source.close();
  }

  /** The rest of a section header block, which says the byte order of all that follows. */
  #section(): void {
    const start = viewOf(this.#source.need(8));
    const order = start.getUint32(4, true);
    this.#isLittleEndian = order === BYTE_ORDER;
    if (!this.#isLittleEndian && start.getUint32(4, false) !== BYTE_ORDER) {
      throw new NetworkError('it has a section without byte order: it is damaged');
    }
    this.#body(start.getUint32(0, this.#isLittleEndian) - 4);
    this.#interfaces = [];
  }

  /** The rest of a block whose type and length have been read, without the length at its end. */
  #body(length: number): DataView {
    if (length < FRAMING_BYTES || length % 4 !== 0 || length > LARGEST_BLOCK) {
      throw new NetworkError(`it has a block of ${length} bytes: it is damaged`);
    }
    const bytes = this.#source.need(length - 8);
    return viewOf(bytes.subarray(0, length - FRAMING_BYTES));
  }

  #interface(body: DataView): Interface {
    this.#needs(body, 8);
    checkLinkType(body.getUint16(0, this.#isLittleEndian));
    const snapLength = body.getUint32(4, this.#isLittleEndian) || Infinity;
    let resolution = 1_000_000n;
    let offsetSeconds = 0n;
    for (let at = 8; at + 4 <= body.byteLength; ) {
      const code = body.getUint16(at, this.#isLittleEndian);
      const length = body.getUint16(at + 2, this.#isLittleEndian);
      if (code === OPTION_END || at + 4 + length > body.byteLength) break;
      if (code === IF_TIME_RESOLUTION && length >= 1)
        resolution = resolutionOf(body.getUint8(at + 4));
      if (code === IF_TIME_OFFSET && length >= 8) {
        offsetSeconds = body.getBigInt64(at + 4, this.#isLittleEndian);
      }
      at += 4 + Math.ceil(length / 4) * 4;
    }
    return { resolution, offsetSeconds, snapLength };
  }

  #enhanced(body: DataView): ReadFrame {
    this.#needs(body, 20);
    const word = (at: number): number => body.getUint32(at, this.#isLittleEndian);
    const described = this.#interfaces[word(0)];
    if (described === undefined)
      throw new NetworkError('a frame is of no interface: it is damaged');
    const stamp = (BigInt(word(4)) << 32n) | BigInt(word(8));
    const { resolution, offsetSeconds } = described;
    this.#lastNs = offsetSeconds * BILLION + (stamp * BILLION) / resolution;
    return this.#frame(body, 20, word(12), word(16));
  }

  /** Without a time: as the frame before. */
  #simple(body: DataView): ReadFrame {
    this.#needs(body, 4);
    const originalLength = body.getUint32(0, this.#isLittleEndian);
    const snapLength = this.#interfaces[0]?.snapLength ?? Infinity;
    return this.#frame(body, 4, Math.min(originalLength, snapLength), originalLength);
  }

  #frame(body: DataView, at: number, length: number, originalLength: number): ReadFrame {
    checkRecordLength(Math.max(length, originalLength));
    this.#needs(body, at + length);
    const bytes = new Uint8Array(body.buffer, body.byteOffset + at, length);
    return { timeNs: this.#lastNs, bytes, originalLength };
  }

  #needs(body: DataView, length: number): void {
    if (body.byteLength < length) throw new NetworkError('a block is too short: it is damaged');
  }
}

/** Powers of 10 or, with the highest bit, of 2 (`if_tsresol`). */
function resolutionOf(value: number): bigint {
  const exponent = BigInt(value & 0x7f);
  return (value & 0x80) === 0 ? 10n ** exponent : 1n << exponent;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
