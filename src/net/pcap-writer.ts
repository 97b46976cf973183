/**
 * Captures in the classic format with nanoseconds: what every tool reads. It does not say which port a
 * frame came from. Format: draft-ietf-opsawg-pcap.
 */
import type { CaptureFormat, CapturedFrame } from './capture-format.js';

const MAGIC_NANOSECONDS = 0xa1b2_3c4d;
const VERSION_MAJOR = 2;
const VERSION_MINOR = 4;
const HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
export const LINKTYPE_ETHERNET = 1;

export class PcapFormat implements CaptureFormat {
  readonly overheadBytes = RECORD_HEADER_BYTES;

  start(snapLength: number): Uint8Array {
    const bytes = new Uint8Array(HEADER_BYTES);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, MAGIC_NANOSECONDS, true);
    view.setUint16(4, VERSION_MAJOR, true);
    view.setUint16(6, VERSION_MINOR, true);
    view.setUint32(16, snapLength, true);
    view.setUint32(20, LINKTYPE_ETHERNET, true);
    return bytes;
  }

  port(): Uint8Array {
    return new Uint8Array(0);
  }

  record(view: DataView, at: number, frame: CapturedFrame): number {
    view.setUint32(at, frame.seconds, true);
    view.setUint32(at + 4, frame.nanoseconds, true);
    view.setUint32(at + 8, frame.bytes.length, true);
    view.setUint32(at + 12, frame.originalLength, true);
    new Uint8Array(view.buffer, view.byteOffset).set(frame.bytes, at + RECORD_HEADER_BYTES);
    return RECORD_HEADER_BYTES + frame.bytes.length;
  }

  end(): Uint8Array {
    return new Uint8Array(0);
  }
}
