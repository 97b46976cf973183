/**
 * Captures in the newer format: each port is an interface with its name, each frame says which port sent
 * it, and at the end each port's counts. Format: draft-ietf-opsawg-pcapng (block numbers and options
 * below are its §4).
 */
import type { CaptureFormat, CapturedFrame, PortSummary } from './capture-format.js';
import { LINKTYPE_ETHERNET } from './pcap-writer.js';

const SECTION_HEADER = 0x0a0d_0d0a;
const BYTE_ORDER = 0x1a2b_3c4d;
const INTERFACE_DESCRIPTION = 1;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;

const OPTION_END = 0;
const SHB_USER_APPLICATION = 4;
const IF_NAME = 2;
const IF_TIME_RESOLUTION = 9;
const EPB_FLAGS = 2;
const ISB_RECEIVED = 4;
const ISB_DROPPED = 5;

/** Time stamps are 10⁻⁹ s. */
const NANOSECONDS = 9;
/** A frame that the port sent. */
const OUTBOUND = 2;
/** Block type, two lengths, five words, the flags option and the end of options. */
const PACKET_OVERHEAD = 12 + 20 + 8 + 4;
const TWO_32 = 0x1_0000_0000;

export class PcapngFormat implements CaptureFormat {
  /** With what pads a frame to whole words. */
  readonly overheadBytes = PACKET_OVERHEAD + 3;

  start(): Uint8Array {
    const body = [...u32(BYTE_ORDER), ...u16(1), ...u16(0), ...Array<number>(8).fill(0xff)];
    const application = option(SHB_USER_APPLICATION, new TextEncoder().encode('uvfio'));
    return block(SECTION_HEADER, [...body, ...application, ...u32(OPTION_END)]);
  }

  port(name: string, snapLength: number): Uint8Array {
    return block(INTERFACE_DESCRIPTION, [
      ...u16(LINKTYPE_ETHERNET),
      ...u16(0),
      ...u32(snapLength),
      ...option(IF_NAME, new TextEncoder().encode(name)),
      ...option(IF_TIME_RESOLUTION, Uint8Array.of(NANOSECONDS)),
      ...u32(OPTION_END),
    ]);
  }

  record(view: DataView, at: number, frame: CapturedFrame): number {
    const padded = Math.ceil(frame.bytes.length / 4) * 4;
    const length = PACKET_OVERHEAD + padded;
    const [high, low] = timeStamp(frame);
    view.setUint32(at, ENHANCED_PACKET, true);
    view.setUint32(at + 4, length, true);
    view.setUint32(at + 8, frame.port, true);
    view.setUint32(at + 12, high, true);
    view.setUint32(at + 16, low, true);
    view.setUint32(at + 20, frame.bytes.length, true);
    view.setUint32(at + 24, frame.originalLength, true);
    const bytes = new Uint8Array(view.buffer, view.byteOffset);
    bytes.set(frame.bytes, at + 28);
    const end = at + 28 + padded;
    bytes.fill(0, at + 28 + frame.bytes.length, end);
    view.setUint16(end, EPB_FLAGS, true);
    view.setUint16(end + 2, 4, true);
    view.setUint32(end + 4, OUTBOUND, true);
    view.setUint32(end + 8, OPTION_END, true);
    view.setUint32(end + 12, length, true);
    return length;
  }

  end(ports: readonly PortSummary[]): Uint8Array {
    const blocks = ports.map((summary) => {
      const [high, low] = timeStamp(summary);
      return block(INTERFACE_STATISTICS, [
        ...u32(summary.port),
        ...u32(high),
        ...u32(low),
        ...option(ISB_RECEIVED, u64(summary.sentFrames)),
        ...option(ISB_DROPPED, u64(summary.droppedFrames)),
        ...u32(OPTION_END),
      ]);
    });
    return Uint8Array.from(blocks.flatMap((bytes) => [...bytes]));
  }
}

/** Nanoseconds since 1970 in two words, without the loss that one number would bring. */
function timeStamp({
  seconds,
  nanoseconds,
}: {
  seconds: number;
  nanoseconds: number;
}): [high: number, low: number] {
  const stamp = BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
  return [Number(stamp >> 32n), Number(stamp & 0xffff_ffffn)];
}

function block(type: number, body: readonly number[]): Uint8Array {
  const length = body.length + 12;
  return Uint8Array.from([...u32(type), ...u32(length), ...body, ...u32(length)]);
}

function option(code: number, value: ArrayLike<number>): number[] {
  const bytes = Array.from(value);
  const padding = Array<number>(-bytes.length & 3).fill(0);
  return [...u16(code), ...u16(bytes.length), ...bytes, ...padding];
}

function u16(value: number): number[] {
  return [value & 255, value >>> 8];
}

function u32(value: number): number[] {
  return [...u16(value & 0xffff), ...u16(value >>> 16)];
}

function u64(value: number): number[] {
  return [...u32(value % TWO_32), ...u32(Math.floor(value / TWO_32))];
}
