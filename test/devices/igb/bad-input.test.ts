// What no driver should ask for: it is said once, counted where something is lost, and the card works on.
import { beforeEach, describe, expect, test } from 'vitest';
import * as registers from '../../../src/devices/igb/registers.js';
import * as statistics from '../../../src/devices/igb/statistics.js';
import {
  type Card,
  CONTEXT,
  DATA,
  EOP_RS,
  frameOf,
  IgbBench,
  MEMORY_SIZE,
  RING,
} from './igb-bench.js';

const { transmitQueue, receiveQueue, QUEUE_ENABLE } = registers;
const TRANSMIT = transmitQueue(0);
const RECEIVE = receiveQueue(0);
/** Behind all that is mapped. */
const NOWHERE = MEMORY_SIZE + 0x100000;
const RXE = 2 ** 31;

let bench: IgbBench;
let a: Card;
let b: Card;

beforeEach(() => {
  bench = IgbBench.linked();
  ({ a, b } = bench);
});

/** What the log has come to say of the cards, without their names. */
function said(): string[] {
  return bench.machine.log
    .filter(({ level }) => level === 'warning')
    .map(({ text }) => text.replace(/^igb: |^.*?\d\d:\d\d\.\d: /, ''));
}

/** What became of what a card was to send. */
function sendingOf(card: Card): { sent: number; malformed: number } {
  const name = card === a ? '0000:00:03.0' : '0000:00:04.0';
  const port = bench.machine.pci.networks.get('lan0').ports.find((one) => one.name === name);
  if (port === undefined) throw new Error(`${name} is on no network`);
  const { sentFrames, dropped } = port.statistics;
  return { sent: sentFrames, malformed: dropped.malformed };
}

function expectWorking(): void {
  expect(bench.worksAnew()).toBe(true);
}

describe('transmit rings', () => {
  test('at an address that is not mapped: the queue is disabled', () => {
    a.write(TRANSMIT + registers.TDBAL, NOWHERE);
    a.send(frameOf(60));
    expect(a.read(TRANSMIT + registers.TXDCTL) & QUEUE_ENABLE).toBe(0);
    expect(said()).toContain("transmit queue 0: its ring can't be read, and it is disabled");
    expect(a.member.dma.faultCount).toBe(1);
    a.send(frameOf(60));
    expect(a.member.dma.faultCount).toBe(1);
    expectWorking();
  });

  test('that reach beyond what is mapped: what can be read is sent', () => {
    const places = 8;
    const base = MEMORY_SIZE - 16 * places;
    a.write(TRANSMIT + registers.TDBAL, base);
    a.write(TRANSMIT + registers.TDLEN, 256);
    for (let index = 0; index < places; index++) {
      a.view.setUint32(base + 16 * index, 0x20000, true);
      a.view.setUint32(base + 16 * index + 8, (EOP_RS << 24) | 64, true);
    }
    a.write(TRANSMIT + registers.TDT, places);
    expect(b.take()).toHaveLength(places);
    a.write(TRANSMIT + registers.TDT, places + 1);
    expect(said()).toContain("transmit queue 0: its ring can't be read, and it is disabled");
    expectWorking();
  });

  test.each([
    ['without length', registers.TDLEN, 0, 0],
    ['with a tail beyond their end', registers.TDT, RING, RING],
    ['with a tail of all ones', registers.TDT, 0xffff_ffff, RING],
    ['with a head beyond their end', registers.TDH, 0xffff, RING],
  ])('%s: nothing is sent', (_, register, value, size) => {
    a.write(TRANSMIT + register, value);
    if (register !== registers.TDT) a.send(frameOf(60));
    expect(b.take()).toEqual([]);
    expect(said()).toEqual([
      `transmit queue 0: head or tail beyond the ring's ${size} descriptors`,
    ]);
    expectWorking();
  });

  test('full of descriptors that never end a packet: they are dropped, and what comes behind is sent', () => {
    const at = a.put(frameOf(64));
    const endless = Array.from({ length: RING - 1 }, () => [at, 0, (8 << 24) | 64, 0] as const);
    a.transmit(endless);
    expect(a.read(TRANSMIT + registers.TDH)).toBe(RING - 1);
    const text = 'transmit queue 0: packets of too many descriptors or bytes are dropped';
    expect(said()).toEqual([text]);
    a.transmit([[at, 0, (EOP_RS << 24) | 64, 0]]);
    expect(b.take()).toEqual([]);
    expect(sendingOf(a)).toEqual({ sent: 1, malformed: 1 });
    const frame = frameOf(90);
    a.send(frame);
    expect(b.take().map(({ bytes }) => bytes)).toEqual([frame]);
  });

  test('full of contexts: they are taken', () => {
    a.transmit(Array.from({ length: RING - 1 }, () => [0, 0, CONTEXT, 0] as const));
    expect(a.read(TRANSMIT + registers.TDH)).toBe(RING - 1);
    const frame = frameOf(90);
    a.send(frame);
    expect(b.take().map(({ bytes }) => bytes)).toEqual([frame]);
  });
});

describe('packets to be sent', () => {
  test("whose data can't be read are dropped, and those behind them are sent", () => {
    const [first, last] = [frameOf(64, 1), frameOf(64, 2)];
    a.transmit([
      [a.put(first), 0, (EOP_RS << 24) | 64, 0],
      [NOWHERE, 0, (EOP_RS << 24) | 64, 0],
      [a.put(last), 0, (EOP_RS << 24) | 64, 0],
    ]);
    expect(b.take().map(({ bytes }) => bytes)).toEqual([first, last]);
    expect(said()).toContain("transmit queue 0: packets whose data can't be read are dropped");
    expect(sendingOf(a)).toEqual({ sent: 3, malformed: 1 });
    expect(a.read(statistics.GPTC)).toBe(2);
  });

  test.each([
    ['of 0 bytes', [0], 'packets shorter than an Ethernet header are dropped'],
    ['of 13 bytes', [13], 'packets shorter than an Ethernet header are dropped'],
    ['of 9725 bytes', [9000, 725], 'packets longer than the controller sends are dropped'],
    [
      'of 300,000 bytes',
      [65_535, 65_535, 65_535, 65_535, 40_000],
      'transmit queue 0: packets of too many descriptors or bytes are dropped',
    ],
  ])('%s: dropped, counted, and said', (_, lengths, text) => {
    const last = lengths.length - 1;
    a.transmit(
      lengths.map(
        (length, index) => [0x20000, 0, ((index === last ? EOP_RS : 8) << 24) | length, 0] as const,
      ),
    );
    expect(b.take()).toEqual([]);
    expect(said()).toEqual([text]);
    expect(sendingOf(a)).toEqual({ sent: 1, malformed: 1 });
    expect(a.read(statistics.GPTC)).toBe(0);
    a.send(frameOf(61));
    expect(b.take()).toHaveLength(1);
  });

  test('the longest: 9724 bytes arrive', () => {
    b.write(registers.RCTL, b.read(registers.RCTL) | registers.RCTL_LPE);
    const frame = frameOf(9724);
    a.send(frame);
    expect(b.take().map(({ bytes }) => bytes)).toEqual([frame]);
  });

  test('segmentation by a context that can not be is counted as failed', () => {
    const frame = frameOf(2000);
    a.sendAdvanced(frame, { context: [20, 0, CONTEXT, 0], commands: 0x8000_0000 });
    expect(b.take()).toEqual([]);
    expect(said()).toEqual(['segmentation with a context that can not be: packets are dropped']);
    expect([a.read(statistics.TSCTC), a.read(statistics.TSCTFC)]).toEqual([0, 1]);
    expect(sendingOf(a)).toEqual({ sent: 1, malformed: 1 });
  });

  test('with an advanced type that there is not are sent as data', () => {
    const frame = frameOf(70);
    a.transmit([[a.put(frame), 0, ((DATA ^ (8 << 20)) | (EOP_RS << 24) | 70) >>> 0, 0]]);
    expect(b.take()).toHaveLength(1);
  });

  test('while the bus master bit is off: the queue is disabled', () => {
    a.member.setMaster(false);
    a.send(frameOf(60));
    expect(b.take()).toEqual([]);
    expect(said().some((text) => text.includes('bus master off'))).toBe(true);
    a.member.setMaster(true);
    expectWorking();
  });
});

describe('receive rings', () => {
  test('at an address that is not mapped: the queue is disabled, and counts what it loses', () => {
    b.write(RECEIVE + registers.RDBAL, NOWHERE);
    for (let count = 0; count < 3; count++) a.send(frameOf(60));
    expect(b.read(RECEIVE + registers.RXDCTL) & QUEUE_ENABLE).toBe(0);
    expect(b.read(RECEIVE + registers.RQDPC)).toBe(3);
    expect(said()).toContain("receive queue 0: its ring can't be read, and it is disabled");
    expectWorking();
  });

  test('without length lose what comes, and count it', () => {
    b.write(RECEIVE + registers.RDLEN, 0);
    a.send(frameOf(60));
    expect(b.read(RECEIVE + registers.RQDPC)).toBe(1);
    expectWorking();
  });

  test.each([
    ['tail', registers.RDT, RING],
    ['tail', registers.RDT, 0xffff_ffff],
    ['head', registers.RDH, 0xffff],
  ])(
    'with a %s beyond their end: packets wait until there is a right one',
    (_, register, value) => {
      const old = b.read(RECEIVE + register);
      b.write(RECEIVE + register, value);
      const frame = frameOf(60);
      a.send(frame);
      expect(b.read(statistics.RNBC)).toBe(1);
      b.write(RECEIVE + register, old);
      expect(b.take().map(({ bytes }) => bytes)).toEqual([frame]);
    },
  );

  test("with a buffer that can't be written: the descriptor says so, and it is counted", () => {
    b.view.setUint32(0x8000, NOWHERE, true);
    a.send(frameOf(60, 1));
    a.send(frameOf(60, 2));
    const [first, second] = b.take();
    expect([(first?.status ?? 0) >>> 31, (second?.status ?? 0) >>> 31]).toEqual([RXE / 2 ** 31, 0]);
    expect(second?.bytes).toEqual(frameOf(60, 2));
    expect(b.read(statistics.RXERRC)).toBe(1);
  });

  test('whose packets need more buffers than there are lose them, and count them', () => {
    b.write(registers.RCTL, b.read(registers.RCTL) | registers.RCTL_LPE);
    b.write(RECEIVE + registers.SRRCTL, 0x0200_0001);
    b.write(RECEIVE + registers.RDLEN, 128);
    b.write(RECEIVE + registers.RDT, 7);
    a.send(frameOf(9000));
    expect(b.read(RECEIVE + registers.RQDPC)).toBe(1);
    expect(b.take()).toEqual([]);
  });
});

describe('frames on the wire', () => {
  test('that are too short are counted as that, and not received', () => {
    a.write(registers.TCTL, a.read(registers.TCTL) & ~registers.TCTL_PSP);
    for (const length of [14, 59, 60]) a.send(frameOf(length));
    expect(b.take().map(({ bytes }) => bytes.length)).toEqual([60]);
    expect([b.read(statistics.RUC), b.read(statistics.GPRC)]).toEqual([2, 1]);
  });

  test('that are too long are counted as that, and not received', () => {
    for (const length of [1518, 1519, 9000]) a.send(frameOf(length));
    expect(b.take().map(({ bytes }) => bytes.length)).toEqual([1518]);
    expect([b.read(statistics.ROC), b.read(statistics.GPRC)]).toEqual([2, 1]);
  });
});
