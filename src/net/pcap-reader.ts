/** Reads captures in the classic format, with micro- or nanoseconds. Format: draft-ietf-opsawg-pcap. */
import type { BufferedSource } from './buffered-source.js';
import { checkLinkType, checkRecordLength } from './capture-checks.js';
import type { CaptureReader, ReadFrame } from './capture-reader.js';

/** Times are 10⁻⁶ s; the other magic number says 10⁻⁹ s. */
const MAGIC_MICROSECONDS = 0xa1b2_c3d4;
/** Of the file's header, behind the magic number. */
const HEADER_BYTES = 20;
const RECORD_HEADER_BYTES = 16;
/** The link type shares its word with flags on the FCS. */
const LINK_TYPE_BITS = 0x0fff_ffff;

export class PcapReader implements CaptureReader {
  readonly #source: BufferedSource;
  readonly #isLittleEndian: boolean;
  readonly #unitNs: bigint;

  /** @param source behind the magic number */
  constructor(source: BufferedSource, magic: number, isLittleEndian: boolean) {
    this.#source = source;
    this.#isLittleEndian = isLittleEndian;
    this.#unitNs = magic === MAGIC_MICROSECONDS ? 1000n : 1n;
    const header = viewOf(source.need(HEADER_BYTES));
    checkLinkType(header.getUint32(16, isLittleEndian) & LINK_TYPE_BITS);
  }

  next(): ReadFrame | undefined {
    const header = this.#source.take(RECORD_HEADER_BYTES);
    if (header === undefined) return undefined;
    const view = viewOf(header);
    const word = (at: number): number => view.getUint32(at, this.#isLittleEndian);
    const [seconds, fraction, length, originalLength] = [word(0), word(4), word(8), word(12)];
    checkRecordLength(Math.max(length, originalLength));
    const timeNs = BigInt(seconds) * 1_000_000_000n + BigInt(fraction) * this.#unitNs;
    return { timeNs, bytes: this.#source.need(length), originalLength };
  }

  close(): void {
    this.#source.close();
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
