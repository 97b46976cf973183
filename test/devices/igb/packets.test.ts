// Packets from ring to ring (82576 data sheet §7.1, §7.2) and their statistics (§8.18).
import { beforeEach, describe, expect, test } from 'vitest';
import * as registers from '../../../src/devices/igb/registers.js';
import * as statistics from '../../../src/devices/igb/statistics.js';
import { EOP_RS, frameOf, IgbBench, RING } from './igb-bench.js';

let bench: IgbBench;

beforeEach(() => {
  bench = IgbBench.linked();
});

const STATUS_DD = 1;
const TDH = registers.transmitQueue(0) + registers.TDH;

test('a frame arrives as it was sent, and both descriptors say so', () => {
  const frame = frameOf(100);
  bench.a.send(frame);
  const [packet, ...others] = bench.b.take();
  expect(others).toEqual([]);
  expect(packet?.bytes).toEqual(frame);
  expect((packet?.status ?? 0) & 3).toBe(3);
  expect((bench.a.transmitDescriptor(0)[3] ?? 0) & STATUS_DD).toBe(STATUS_DD);
  expect(bench.a.read(TDH)).toBe(1);
});

test('rings go round: many bursts arrive in order', () => {
  for (let burst = 0; burst < 20; burst++) {
    const frames = Array.from({ length: 50 }, (_, index) => frameOf(60 + index, burst));
    const descriptors = frames.map(
      (frame) => [bench.a.put(frame), 0, (EOP_RS << 24) | frame.length, 0] as const,
    );
    bench.a.transmit(descriptors);
    expect(bench.b.take().map(({ bytes }) => bytes)).toEqual(frames);
  }
});

test('a packet of several descriptors is one frame', () => {
  const frame = frameOf(300);
  const at = bench.a.put(frame);
  bench.a.transmit([
    [at, 0, 100, 0],
    [at + 100, 0, 0, 0],
    [at + 100, 0, (EOP_RS << 24) | 200, 0],
  ]);
  expect(bench.b.take().map(({ bytes }) => bytes)).toEqual([frame]);
});

test('a packet whose last descriptor is not there yet waits for it', () => {
  const frame = frameOf(200);
  const at = bench.a.put(frame);
  bench.a.transmit([[at, 0, 100, 0]]);
  expect(bench.b.take()).toEqual([]);
  bench.a.transmit([[at + 100, 0, (EOP_RS << 24) | 100, 0]]);
  expect(bench.b.take().map(({ bytes }) => bytes)).toEqual([frame]);
});

test('short frames are padded with zeros', () => {
  const frame = frameOf(20);
  bench.a.send(frame);
  const [packet] = bench.b.take();
  expect(packet?.bytes.length).toBe(60);
  expect(packet?.bytes.subarray(20).every((byte) => byte === 0)).toBe(true);
});

test('descriptors without RS are not written back; the head moves all the same', () => {
  const frame = frameOf(64);
  bench.a.transmit([[bench.a.put(frame), 0, (1 << 24) | frame.length, 0]]);
  expect((bench.a.transmitDescriptor(0)[3] ?? 0) & STATUS_DD).toBe(0);
  expect(bench.a.read(TDH)).toBe(1);
});

test('with head write-back the head is in memory instead', () => {
  const place = 0x30000;
  bench.a.write(registers.transmitQueue(0) + registers.TDWBAL, place | 1);
  bench.a.send(frameOf(64));
  expect(bench.a.view.getUint32(place, true)).toBe(1);
  expect((bench.a.transmitDescriptor(0)[3] ?? 0) & STATUS_DD).toBe(0);
});

test('long frames need RCTL.LPE, and take as many buffers as they need', () => {
  const frame = frameOf(5000);
  bench.a.send(frame);
  expect(bench.b.take()).toEqual([]);
  expect(bench.b.read(statistics.ROC)).toBe(1);
  bench.b.write(registers.RCTL, bench.b.read(registers.RCTL) | registers.RCTL_LPE);
  bench.a.send(frame);
  expect(bench.b.take().map(({ bytes }) => bytes)).toEqual([frame]);
});

test('with RCTL.SECRC off the CRC is there, as IEEE 802.3 has it', () => {
  const rctl = bench.b.read(registers.RCTL) & ~registers.RCTL_SECRC;
  bench.b.write(registers.RCTL, rctl);
  bench.a.send(frameOf(60));
  const [packet] = bench.b.take();
  expect(packet?.bytes.length).toBe(64);
  // The residue of any frame with its CRC, computed bit by bit.
  let crc = 0xffff_ffff;
  for (const byte of packet?.bytes ?? []) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : 0xedb88320);
  }
  expect(crc >>> 0).toBe(0xdebb20e3);
});

test('legacy receive descriptors have status and errors in their last word', () => {
  bench.b.startQueue(0, 0x0000_0002);
  bench.b.write(registers.receiveQueue(0) + registers.RDH, 0);
  const frame = frameOf(90);
  bench.a.send(frame);
  const at = 0x8000;
  expect(bench.b.view.getUint16(at + 8, true)).toBe(90);
  expect(bench.b.view.getUint8(at + 12)).toBe(3);
});

describe('without descriptors', () => {
  /** Sends more than there are buffers for, twice. */
  const overfill = (): void => {
    for (let count = 0; count < 2 * RING; count++) bench.a.send(frameOf(60, count));
  };

  test('packets wait in the packet buffer, are counted, and come when there are some', () => {
    overfill();
    expect(bench.b.take()).toHaveLength(RING - 1);
    expect(bench.b.take()).toHaveLength(RING - 1);
    expect(bench.b.take()).toHaveLength(2);
    expect(bench.b.read(statistics.RNBC)).toBeGreaterThan(0);
    expect(bench.b.read(statistics.MPC)).toBe(0);
  });

  test('what the packet buffer has no room for is missed, and counted', () => {
    const sent = 200;
    for (let count = 0; count < sent; count++) bench.a.send(frameOf(1500, count));
    let taken = 0;
    for (let batch = bench.b.take(); batch.length > 0; batch = bench.b.take())
      taken += batch.length;
    const missed = bench.b.read(statistics.MPC);
    expect(missed).toBeGreaterThan(0);
    expect(taken + missed).toBe(sent);
  });

  test('a queue that drops does so, and counts', () => {
    const { SRRCTL, RQDPC } = registers;
    bench.b.write(registers.receiveQueue(0) + SRRCTL, 0x8200_0002);
    overfill();
    expect(bench.b.take()).toHaveLength(RING - 1);
    expect(bench.b.take()).toHaveLength(0);
    expect(bench.b.read(registers.receiveQueue(0) + RQDPC)).toBe(RING + 1);
    expect(bench.b.read(registers.receiveQueue(0) + RQDPC)).toBe(0);
    // All were good; only these got to the host.
    expect(bench.b.read(statistics.GPRC)).toBe(2 * RING);
    expect(bench.b.read(statistics.RPTHC)).toBe(RING - 1);
    expect(bench.b.read(statistics.HGORCL)).toBe((RING - 1) * 64);
  });
});

describe('filters', () => {
  const toStation = [0x52, 0x54, 0, 0, 0, 0x20];
  const send = (destination: readonly number[]): number => {
    const frame = frameOf(60);
    frame.set(destination, 0);
    bench.a.send(frame);
    return bench.b.take().length;
  };

  beforeEach(() => bench.b.write(registers.RCTL, registers.RCTL_EN));

  test("the card's own address passes, others do not", () => {
    expect(send(toStation)).toBe(1);
    expect(send([0x52, 0x54, 0, 0, 0, 0x21])).toBe(0);
    bench.b.write(registers.RCTL, registers.RCTL_EN | registers.RCTL_UPE);
    expect(send([0x52, 0x54, 0, 0, 0, 0x21])).toBe(1);
  });

  test('receive addresses 16 to 23 are behind the others', () => {
    bench.b.write(registers.RA2, 0x44332211 & ~1);
    bench.b.write(registers.RA2 + 4, registers.RAH_AV + 0x6655);
    expect(send([0x10, 0x22, 0x33, 0x44, 0x55, 0x66])).toBe(1);
  });

  test('broadcasts need RCTL.BAM, multicasts their bit in the table', () => {
    const broadcast = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    const multicast = [0x01, 0x00, 0x5e, 0x00, 0x12, 0x34];
    expect([send(broadcast), send(multicast)]).toEqual([0, 0]);
    bench.b.write(registers.RCTL, registers.RCTL_EN | registers.RCTL_BAM);
    // Bits 47:36 of the address: 341h.
    bench.b.write(registers.MTA + 4 * (0x341 >>> 5), 1 << (0x341 & 31));
    expect([send(broadcast), send(multicast)]).toEqual([1, 1]);
  });

  test('VLANs need their bit in the table, once RCTL.VFE is set', () => {
    const frame = frameOf(64);
    frame.set([0x81, 0x00, 0x20, 0x05], 12);
    const arrives = (): number => {
      bench.a.send(frame);
      return bench.b.take().length;
    };
    expect(arrives()).toBe(1);
    bench.b.write(registers.RCTL, registers.RCTL_EN | registers.RCTL_VFE);
    expect(arrives()).toBe(0);
    bench.b.write(registers.VFTA, 1 << 5);
    expect(arrives()).toBe(1);
  });
});

describe('statistics', () => {
  test('count packets and octets by length and kind, and are cleared by reading', () => {
    for (const length of [60, 61, 123, 124, 252, 508, 1020, 1514]) bench.a.send(frameOf(length));
    const read = (register: number): number => bench.b.read(register);
    const classes = [0, 1, 2, 3, 4, 5].map((index) => read(statistics.PRC64 + 4 * index));
    expect(classes).toEqual([1, 2, 1, 1, 1, 2]);
    const octets = 60 + 61 + 123 + 124 + 252 + 508 + 1020 + 1514 + 8 * 4;
    expect([read(statistics.GPRC), read(statistics.GPRC)]).toEqual([8, 0]);
    expect([read(statistics.GORCL), read(statistics.GORCL + 4)]).toEqual([octets, 0]);
    expect(read(statistics.GORCL)).toBe(0);
    expect(bench.a.read(statistics.GPTC)).toBe(8);
    expect(bench.a.read(statistics.GOTCL)).toBe(octets);
  });

  test('broadcast and multicast are told apart', () => {
    const frame = frameOf(60);
    frame.fill(0xff, 0, 6);
    bench.a.send(frame);
    frame.set([1, 0, 0x5e], 0);
    bench.a.send(frame);
    const { BPRC, MPRC, BPTC, MPTC } = statistics;
    expect([BPRC, MPRC].map((register) => bench.b.read(register))).toEqual([1, 1]);
    expect([BPTC, MPTC].map((register) => bench.a.read(register))).toEqual([1, 1]);
  });
});

test.each([
  [
    'MAC',
    () => bench.a.write(registers.RCTL, bench.a.read(registers.RCTL) | registers.RCTL_LBM_MAC),
  ],
  ['PHY', () => bench.a.write(registers.MDIC, (1 << 26) | (1 << 21) | 0x4140)],
])('loopback in the %s: what is sent comes back, and nobody else has it', (_, enable) => {
  enable();
  bench.wait(100);
  const frame = frameOf(80);
  bench.a.send(frame);
  expect(bench.a.take().map(({ bytes }) => bytes)).toEqual([frame]);
  expect(bench.b.take()).toEqual([]);
});
