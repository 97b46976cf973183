// What descriptors ask for (82576 data sheet §7.2.2, §7.2.4), and RSS (§7.1.2.8), against sums computed here.
import { beforeEach, expect, test } from 'vitest';
import * as registers from '../../../src/devices/igb/registers.js';
import { CONTEXT, frameOf, IgbBench, type Words } from './igb-bench.js';

let bench: IgbBench;

beforeEach(() => {
  bench = IgbBench.linked();
});

const HEADERS = 14 + 20 + 20;
/** Addresses and ports of the first vector of Microsoft's "Verifying the RSS hash calculation". */
const SOURCE = [66, 9, 149, 187];
const DESTINATION = [161, 142, 100, 80];
const PORTS = [2794, 1766];

/** A frame of TCP over IPv4 whose checksums are what a driver puts there for the controller to finish. */
function tcpFrame(payload: number): Uint8Array {
  const frame = frameOf(HEADERS + payload);
  const view = new DataView(frame.buffer);
  view.setUint16(12, 0x0800);
  frame.set([0x45, 0], 14);
  view.setUint16(16, 40 + payload);
  frame.set([0x12, 0x34, 0, 0, 64, 6, 0, 0, ...SOURCE, ...DESTINATION], 18);
  for (const [index, port] of PORTS.entries()) view.setUint16(34 + 2 * index, port);
  view.setUint32(38, 0xffff_fe00);
  view.setUint32(42, 0);
  // Header of 5 words; PSH and ACK.
  frame.set([0x50, 0x18, 0x10, 0, 0, 0, 0, 0], 46);
  view.setUint16(50, sum(frame.subarray(26, 34), 6));
  return frame;
}

/** The sum of RFC 1071, not complemented. */
function sum(bytes: Uint8Array, start = 0): number {
  let total = start;
  for (const [index, byte] of bytes.entries()) total += index % 2 === 0 ? byte << 8 : byte;
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

/** Both checksums are right: with them the sums are all ones. */
function expectGoodChecksums(frame: Uint8Array): void {
  expect(sum(frame.subarray(14, 34))).toBe(0xffff);
  const tcp = frame.subarray(34);
  expect(sum(tcp, sum(frame.subarray(26, 34), 6 + tcp.length))).toBe(0xffff);
}

/** IPv4 and TCP behind an Ethernet header. */
const context = (segmentSize: number, tag = 0): Words => [
  (tag << 16) | (14 << 9) | 20,
  0,
  CONTEXT | (1 << 10) | (1 << 11),
  (segmentSize << 16) | (20 << 8),
];

test('segmentation: each segment has its numbers, flags and checksums, and together they are the data', () => {
  const payload = 2500;
  const large = tcpFrame(payload);
  const commands = 0x8000_0000;
  bench.a.sendAdvanced(large, { context: context(1000), commands, popts: 3 });
  const segments = bench.b.take().map(({ bytes }) => bytes);
  const views = segments.map((segment) => new DataView(segment.buffer, segment.byteOffset));
  expect(segments.map(({ length }) => length - HEADERS)).toEqual([1000, 1000, 500]);
  expect(views.map((view) => view.getUint16(18))).toEqual([0x1234, 0x1235, 0x1236]);
  const first = 0xffff_fe00;
  const numbers = [first, (first + 1000) % 2 ** 32, (first + 2000) % 2 ** 32];
  expect(views.map((view) => view.getUint32(38))).toEqual(numbers);
  // PSH is for the last.
  expect(segments.map((segment) => segment[47])).toEqual([0x10, 0x10, 0x18]);
  for (const segment of segments) expectGoodChecksums(segment);
  const data = segments.flatMap((segment) => [...segment.subarray(HEADERS)]);
  expect(data).toEqual([...large.subarray(HEADERS)]);
});

test('checksums of IPv4 and TCP are inserted, and found to be right by the receiver', () => {
  const frame = tcpFrame(101);
  new DataView(frame.buffer).setUint16(50, sum(frame.subarray(26, 34), 6 + 121));
  bench.a.sendAdvanced(frame, { context: context(0), popts: 3 });
  const [packet] = bench.b.take();
  expectGoodChecksums(packet?.bytes ?? new Uint8Array());
  // IPCS and L4CS, and no errors.
  expect(packet?.status).toBe(0x63);
});

test('a VLAN tag is inserted, and stripped into the descriptor', () => {
  const frame = frameOf(80);
  const tagged = { context: context(0, 0x2123), commands: 0x4000_0000 };
  bench.a.sendAdvanced(frame, tagged);
  const [plain] = bench.b.take();
  const tag = [0x81, 0, 0x21, 0x23];
  expect(plain?.bytes).toEqual(
    Uint8Array.of(...frame.subarray(0, 12), ...tag, ...frame.subarray(12)),
  );
  bench.b.write(registers.CTRL, bench.b.read(registers.CTRL) | registers.CTRL_VME);
  bench.a.sendAdvanced(frame, tagged);
  const [stripped] = bench.b.take();
  expect([stripped?.bytes, stripped?.vlan]).toEqual([frame, 0x2123]);
});

test('RSS: the hash is the one of the published vector, and chooses the queue', () => {
  const key = '6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fa';
  const { b } = bench;
  for (let word = 0; word < 10; word++) {
    const bytes = Buffer.from(key.slice(8 * word, 8 * word + 8), 'hex');
    b.write(registers.RSSRK + 4 * word, bytes.readUInt32LE());
  }
  b.startQueue(1);
  const hash = 0x51cc_c178;
  b.write(registers.RETA + (hash & 0x7c), 1 << (8 * (hash & 3)));
  b.write(registers.RXCSUM, b.read(registers.RXCSUM) | registers.RXCSUM_PCSD);
  // RSS, for TCP over IPv4.
  b.write(registers.MRQC, 2 | (1 << 16));
  bench.a.send(tcpFrame(30));
  expect(b.take(0)).toEqual([]);
  expect(b.take(1).map(({ words }) => words[1])).toEqual([hash]);
});
