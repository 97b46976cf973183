// Statistics registers against the capture of the cable: every frame that is in the one is in the other.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as registers from '../../../src/devices/igb/registers.js';
import * as statistics from '../../../src/devices/igb/statistics.js';
import { Capture } from '../../../src/net/capture.js';
import { readCapture } from '../../../src/net/capture-reader.js';
import { memoryCapture, memorySource } from '../../net/memory-capture.js';
import { type Card, CONTEXT, EOP_RS, IgbBench, type Words } from './igb-bench.js';

const CRC_BYTES = 4;
const LONGEST_USUAL = 1522;
/** Until the capture has written what it buffers. */
const FLUSH_MS = 200;
/** One of the cable's frames is in so many steps at most: rings have 63 places. */
const MOST_FRAMES = 60;

/** Two linked cards, and the frames on the cable between them, by sender. */
class Cable {
  readonly bench = IgbBench.linked();
  readonly #file = memoryCapture();
  #seen = 0;

  constructor() {
    const { kernel, pci } = this.bench.machine;
    const place = { timers: kernel.timers, wallClockMs: undefined, notice: () => undefined };
    new Capture(pci.networks.get('lan0'), this.#file, { file: 'lan0.pcap' }, place);
    for (const card of [this.bench.a, this.bench.b]) {
      card.write(registers.TCTL, card.read(registers.TCTL) & ~registers.TCTL_PSP);
      take(card);
    }
  }

  /** What the cards have sent since it was asked last, as the capture has it. */
  newFrames(): { fromA: Uint8Array[]; fromB: Uint8Array[] } {
    this.bench.wait(FLUSH_MS);
    const reader = readCapture(memorySource(this.#file.bytes, 65_536));
    const frames: Uint8Array[] = [];
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      frames.push(frame.bytes.slice());
    }
    const fresh = frames.slice(this.#seen);
    this.#seen = frames.length;
    const from = (sender: number) => fresh.filter((frame) => frame[11] === sender);
    return { fromA: from(A), fromB: from(B) };
  }
}

const [A, B] = [0x18, 0x20];

/** Counters by name: read from a card, which clears them, or made from frames. */
type Counters = Readonly<Record<string, number>>;

const WIDE = ['GORCL', 'GOTCL', 'TORL', 'TOTL', 'HGOTCL'] as const;
const NARROW = [
  ...['GPRC', 'BPRC', 'MPRC', 'GPTC', 'BPTC', 'MPTC', 'TPR', 'TPT', 'RUC', 'ROC', 'MPC'],
  ...['HGPTC', 'RXERRC'],
] as const;

function take(card: Card): Counters {
  const counters: Record<string, number> = {};
  const offsets: Readonly<Record<string, unknown>> = statistics;
  const offsetOf = (name: string): number => Number(offsets[name]);
  for (const name of NARROW) counters[name] = card.read(offsetOf(name));
  for (const name of WIDE) {
    const at = offsetOf(name);
    counters[name] = card.read(at) + card.read(at + 4) * 2 ** 32;
  }
  for (let size = 0; size < 6; size++) {
    counters[`PRC ${size}`] = card.read(statistics.PRC64 + 4 * size);
    counters[`PTC ${size}`] = card.read(statistics.PTC64 + 4 * size);
  }
  return counters;
}

/** What a card has to have counted that sent some frames, and got others. @param missed of those it got */
function expected(
  sent: readonly Uint8Array[],
  got: readonly Uint8Array[],
  accepts: { longest: number; missed: number },
): Counters {
  const octets = (frames: readonly Uint8Array[]): number =>
    frames.reduce((sum, { length }) => sum + length + CRC_BYTES, 0);
  const isBroadcast = (frame: Uint8Array): boolean =>
    frame.subarray(0, 6).every((byte) => byte === 255);
  const broadcasts = (frames: readonly Uint8Array[]): number => frames.filter(isBroadcast).length;
  const multicasts = (frames: readonly Uint8Array[]): number =>
    frames.filter((frame) => ((frame[0] ?? 0) & 1) === 1 && !isBroadcast(frame)).length;
  const isShort = ({ length }: Uint8Array): boolean => length + CRC_BYTES < 64;
  const isLong = ({ length }: Uint8Array): boolean => length + CRC_BYTES > accepts.longest;
  const good = got.filter((frame) => !isShort(frame) && !isLong(frame));
  const counters: Record<string, number> = {
    GPRC: good.length,
    BPRC: broadcasts(good),
    MPRC: multicasts(good),
    GPTC: sent.length,
    BPTC: broadcasts(sent),
    MPTC: multicasts(sent),
    TPR: got.length,
    TPT: sent.length,
    RUC: got.filter(isShort).length,
    ROC: got.filter(isLong).length,
    MPC: accepts.missed,
    HGPTC: sent.length,
    RXERRC: 0,
    GORCL: octets(good),
    GOTCL: octets(sent),
    TORL: octets(got),
    TOTL: octets(sent),
    HGOTCL: octets(sent),
  };
  const ends = [64, 127, 255, 511, 1023, Number.POSITIVE_INFINITY];
  for (const [size, end] of ends.entries()) {
    const isOfSize = ({ length }: Uint8Array): boolean =>
      length + CRC_BYTES <= end && length + CRC_BYTES > (ends[size - 1] ?? 0);
    counters[`PRC ${size}`] = good.filter(isOfSize).length;
    counters[`PTC ${size}`] = sent.filter(isOfSize).length;
  }
  return counters;
}

interface Sending {
  readonly isFromA: boolean;
  readonly destination: 'card' | 'group' | 'all';
  readonly length: number;
  readonly how: 'legacy' | 'advanced' | 'tagged' | 'segmented';
}

const sending: fc.Arbitrary<Sending> = fc.record({
  isFromA: fc.boolean(),
  destination: fc.constantFrom('card', 'card', 'group', 'all'),
  length: fc.oneof(
    fc.constantFrom(14, 59, 60, 61, 123, 124, 251, 252, 1018, 1019, 1514, 1518, 1519),
    fc.integer({ min: 14, max: 2500 }),
  ),
  how: fc.constantFrom('legacy', 'advanced', 'tagged', 'segmented'),
});

const HEADERS = 14 + 20 + 20;

function send(card: Card, { isFromA, destination, length, how }: Sending): void {
  const isSegmented = how === 'segmented' && length > HEADERS;
  const frame = Uint8Array.from({ length }, (_, index) => index);
  const own = [0x52, 0x54, 0, 0, 0, isFromA ? B : A];
  const to = { card: own, group: [1, 0, 0x5e, 0, 0, 5], all: [255, 255, 255, 255, 255, 255] };
  frame.set([...to[destination], 0x52, 0x54, 0, 0, 0, isFromA ? A : B, 0x88, 0xb5], 0);
  if (isSegmented) frame.set([0x08, 0x00, 0x45, 0], 12);
  if (how === 'legacy') {
    card.transmit([[card.put(frame), 0, (EOP_RS << 24) | length, 0]]);
    return;
  }
  const tag = how === 'tagged' ? 5 : 0;
  const context: Words = [
    (tag << 16) | (14 << 9) | 20,
    0,
    CONTEXT | (1 << 10) | (1 << 11),
    (300 << 16) | (20 << 8),
  ];
  const tagging = how === 'tagged' ? 0x4000_0000 : 0;
  const commands = isSegmented ? 0x8000_0000 : tagging;
  card.sendAdvanced(frame, { context, commands });
}

test('both cards count every frame that is in the capture, by length and kind', () => {
  const run = fc.record({
    isLong: fc.boolean(),
    steps: fc.array(fc.array(sending, { maxLength: 6 }), { maxLength: 8 }),
  });
  fc.assert(
    fc.property(run, ({ isLong, steps }) => {
      const cable = new Cable();
      const { a, b } = cable.bench;
      if (isLong) b.write(registers.RCTL, b.read(registers.RCTL) | registers.RCTL_LPE);
      for (const step of steps) {
        for (const one of step) send(one.isFromA ? a : b, one);
        const { fromA, fromB } = cable.newFrames();
        const long = { longest: 9728, missed: 0 };
        const usual = { longest: LONGEST_USUAL, missed: 0 };
        expect(take(a)).toEqual(expected(fromA, fromB, usual));
        expect(take(b)).toEqual(expected(fromB, fromA, isLong ? long : usual));
        a.take();
        b.take();
      }
    }),
    { numRuns: 25 },
  );
}, 120_000);

test('overloaded: what was not received was missed, and both are in the capture', () => {
  const cable = new Cable();
  const { a, b } = cable.bench;
  const received: Uint8Array[] = [];
  for (let burst = 0; burst < 6; burst++) {
    for (let count = 0; count < MOST_FRAMES; count++) {
      send(a, { isFromA: true, destination: 'card', length: 1000 + count, how: 'legacy' });
    }
  }
  const { fromA } = cable.newFrames();
  for (let batch = b.take(); batch.length > 0; batch = b.take()) {
    received.push(...batch.map(({ bytes }) => bytes));
  }
  expect(fromA).toHaveLength(6 * MOST_FRAMES);
  const missed = fromA.length - received.length;
  expect(missed).toBeGreaterThan(0);
  const counters = expected([], received, { longest: LONGEST_USUAL, missed });
  const all = expected([], fromA, { longest: LONGEST_USUAL, missed });
  expect(take(b)).toEqual({ ...counters, TPR: all['TPR'], TORL: all['TORL'] });
  expect(take(a)).toEqual(expected(fromA, [], { longest: LONGEST_USUAL, missed: 0 }));
});
