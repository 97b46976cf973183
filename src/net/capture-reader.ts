/** Reads captures of Ethernet frames, in either format and byte order, frame by frame. */
import { BufferedSource } from './buffered-source.js';
import { NetworkError } from './network-error.js';
import { PcapReader } from './pcap-reader.js';
import { PcapngReader } from './pcapng-reader.js';
import type { CaptureSource } from './surroundings.js';

/** A frame of a capture. */
export interface ReadFrame {
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** What the capture has of it. Good until the next frame is read. */
  readonly bytes: Uint8Array;
  /** How long it was when it was captured. */
  readonly originalLength: number;
}

/** Frames of a capture, in its order. */
export interface CaptureReader {
  /** @returns undefined at the end. @throws NetworkError for what is no capture */
  next(): ReadFrame | undefined;
  close(): void;
}

const PCAP_MAGICS = [0xa1b2_c3d4, 0xa1b2_3c4d];
const PCAPNG_MAGIC = 0x0a0d_0d0a;

/**
 * Begins to read a capture.
 * @throws NetworkError for a file that is none
 */
export function readCapture(file: CaptureSource): CaptureReader {
  const source = new BufferedSource(file);
  const first = source.take(4);
  if (first !== undefined) {
    const view = new DataView(first.buffer, first.byteOffset, 4);
    const [little, big] = [view.getUint32(0, true), view.getUint32(0, false)];
    if (PCAP_MAGICS.includes(little)) return new PcapReader(source, little, true);
    if (PCAP_MAGICS.includes(big)) return new PcapReader(source, big, false);
    if (little === PCAPNG_MAGIC) return new PcapngReader(source);
  }
  throw new NetworkError('it is no capture', 'take a file in the format pcap or pcapng');
}
