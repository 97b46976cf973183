// Registers, EEPROM, PHY and resets (82576 data sheet §4, §6, §8).
import { beforeEach, describe, expect, test } from 'vitest';
import * as registers from '../../../src/devices/igb/registers.js';
import { DeviceOptionError } from '../../../src/pci/device-model.js';
import { igbModel } from '../../../src/devices/igb/index.js';
import { TestPci } from '../../pci/test-pci.js';
import { Card, IgbBench } from './igb-bench.js';

let bench: IgbBench;
let card: Card;

beforeEach(() => {
  bench = new IgbBench({ mac: '52:54:00:12:34:56' });
  card = bench.a;
});

/** Reads a word of the EEPROM as drivers do. */
function eeprom(address: number): number {
  card.write(registers.EERD, (address << 2) | registers.EERD_START);
  expect(card.read(registers.EERD) & registers.EERD_DONE).not.toBe(0);
  return card.read(registers.EERD) >>> 16;
}

/** Accesses a register of the PHY. @param value what to write; none to read */
function phy(register: number, value?: number): number {
  const operation = value === undefined ? registers.MDIC_OP_READ : registers.MDIC_OP_WRITE;
  const place = (operation << registers.MDIC_OP_SHIFT) | (1 << 21) | (register << 16);
  card.write(registers.MDIC, place | (value ?? 0));
  return card.read(registers.MDIC) & 0xffff;
}

test('the EEPROM has the MAC address, and its first 64 words add up to BABAh', () => {
  const words = Array.from({ length: 64 }, (_, address) => eeprom(address));
  expect(words.slice(0, 3)).toEqual([0x5452, 0x1200, 0x5634]);
  expect(words.reduce((sum, word) => sum + word, 0) & 0xffff).toBe(0xbaba);
});

test('after a reset the first receive address is the one of the EEPROM', () => {
  card.write(registers.RA, 0);
  card.write(registers.CTRL, card.read(registers.CTRL) | registers.CTRL_RST);
  expect(card.read(registers.RA)).toBe(0x12005452);
  expect(card.read(registers.RA + 4)).toBe(0x80005634);
  expect(card.read(registers.CTRL) & registers.CTRL_RST).toBe(0);
});

test('a reset forgets rings and masks, and leaves the PHY as it is', () => {
  card.start();
  card.write(registers.IMS, 4);
  phy(4, 0x0101);
  card.write(registers.CTRL, registers.CTRL_RST);
  expect(card.read(registers.IMS)).toBe(0);
  expect(card.read(registers.RCTL)).toBe(0);
  expect(card.read(registers.transmitQueue(0) + registers.TDLEN)).toBe(0);
  expect(phy(4)).toBe(0x0101);
});

test('the PHY is an IGP03; other addresses answer with an error', () => {
  expect([phy(2), phy(3)]).toEqual([0x02a8, 0x0391]);
  card.write(registers.MDIC, (registers.MDIC_OP_READ << 26) | (2 << 21));
  expect(card.read(registers.MDIC) & registers.MDIC_ERROR).not.toBe(0);
});

test('the link comes up once software wants it and both ends are there', () => {
  const isUp = (): boolean => (card.read(registers.STATUS) & registers.STATUS_LU) !== 0;
  bench.wait(100);
  expect(isUp()).toBe(false);
  card.write(registers.CTRL, card.read(registers.CTRL) | registers.CTRL_SLU);
  expect(isUp()).toBe(true);
  expect((card.read(registers.STATUS) >>> 6) & 3).toBe(2);
  expect(phy(1) & 0x24).toBe(0x24);
});

test('powering a PHY down takes the link from both ends, and brings it back', () => {
  bench = IgbBench.linked();
  card = bench.a;
  const isUp = (one: Card): boolean => (one.read(registers.STATUS) & registers.STATUS_LU) !== 0;
  phy(0, 0x1940);
  expect([isUp(bench.a), isUp(bench.b)]).toEqual([false, false]);
  phy(0, 0x1340);
  bench.wait(100);
  expect([isUp(bench.a), isUp(bench.b)]).toEqual([true, true]);
});

test.each([
  ['100 Mb/s full', 0x0101, 0, 1, true],
  ['10 Mb/s half', 0x0021, 0, 0, false],
  ['1000 Mb/s', 0x0de1, 0x0200, 2, true],
])('autonegotiation finds the best of what is advertised, for both ends: %s', (...row) => {
  const [, advertised, gigabit, speed, isFull] = row;
  bench = IgbBench.linked();
  card = bench.a;
  phy(4, advertised);
  phy(9, gigabit);
  phy(0, 0x1200);
  bench.wait(100);
  for (const end of [bench.a, bench.b]) {
    const status = end.read(registers.STATUS);
    expect([(status >>> 6) & 3, (status & 1) === 1]).toEqual([speed, isFull]);
    expect(status & registers.STATUS_LU).not.toBe(0);
  }
  card = bench.b;
  // What the partner can do: 10 and 100 Mb/s, and 1000.
  expect(phy(5) & 0x01e0).toBe(advertised & 0x01e0);
  expect((phy(10) >>> 11) & 1).toBe(gigabit >>> 9);
});

test('ends that can not do the same have no link', () => {
  bench = IgbBench.linked();
  for (const [end, advertised] of [
    [bench.a, 0x0101],
    [bench.b, 0x0041],
  ] as const) {
    card = end;
    phy(4, advertised);
    phy(9, 0);
    phy(0, 0x1200);
  }
  bench.wait(100);
  for (const end of [bench.a, bench.b]) {
    expect(end.read(registers.STATUS) & registers.STATUS_LU).toBe(0);
  }
});

test.each([
  [1e7, 0],
  [1e8, 1],
  [5e8, 2],
])('a cable for %i bits a second has a link of that speed', (bandwidthBps, speed) => {
  bench = IgbBench.linked({}, { bandwidthBps });
  expect((bench.a.read(registers.STATUS) >>> 6) & 3).toBe(speed);
});

test('without a network there is no link', () => {
  const machine = new TestPci({ '00:03.0': igbModel.describe({}) });
  const alone = new Card(machine, '0000:00:03.0');
  alone.write(registers.CTRL, registers.CTRL_SLU);
  while (machine.kernel.timers.fireNext(1000));
  expect(alone.read(registers.STATUS) & registers.STATUS_LU).toBe(0);
});

test('reading the software semaphore takes it, writing gives it back', () => {
  expect(card.read(registers.SWSM) & 1).toBe(0);
  expect(card.read(registers.SWSM) & 1).toBe(1);
  card.write(registers.SWSM, 0);
  expect(card.read(registers.SWSM) & 1).toBe(0);
});

test('queues 0 to 3 and interrupt registers answer at their older addresses, too', () => {
  card.write(0xc000 + registers.RDBAL, 0x12345000);
  expect(card.read(0x2800)).toBe(0x12345000);
  card.write(0x00d0, 0x84);
  expect(card.read(registers.IMS)).toBe(0x84);
});

test('accesses to what is no register are reported', () => {
  expect(card.read(0x1f000)).toBe(0);
  card.write(0x1f000, 1);
  const [register] = card.member.diagnostics.unmodelledRegisters;
  expect(register).toEqual({ bar: 0, offset: 0x1f000, reads: 1, writes: 1 });
});

describe('options', () => {
  test.each([
    ['52:54:00:12:34', 'is not like'],
    ['01:00:5e:00:00:01', "is a group's address"],
  ])('mac=%s is refused', (mac, text) => {
    expect(() => igbModel.describe({ mac })).toThrowError(DeviceOptionError);
    expect(() => igbModel.describe({ mac })).toThrowError(text);
  });
});

test('a network without a name is refused', () => {
  expect(() => igbModel.describe({ net: '' })).toThrowError(DeviceOptionError);
});

describe('mapped, between two looks', () => {
  test('a cause shows in ICR at both its places before the interrupt that tells of it', () => {
    bench = IgbBench.linked();
    card = bench.b;
    const { mapped } = bench.a;
    bench.look();
    bench.a.write(registers.IMS, registers.ICR_LSC);
    const seen: number[][] = [];
    bench.a.member.interrupts.enable('msix', 1, () =>
      seen.push([0x00c0, registers.ICR].map((at) => mapped.getUint32(at, true))),
    );
    phy(0, 0x1940);
    bench.wait(1);
    expect(seen).toHaveLength(1);
    for (const value of seen[0] ?? []) expect(value & registers.ICR_LSC).toBe(registers.ICR_LSC);
  });

  test('a mask that was stored is not lost when a cause comes up before it is found', () => {
    bench = IgbBench.linked();
    card = bench.b;
    const { mapped } = bench.a;
    bench.look();
    bench.a.write(registers.IMS, registers.ICR_LSC);
    mapped.setUint32(0x00d8, 0xffff_ffff, true);
    phy(0, 0x1940);
    bench.wait(1);
    bench.look();
    expect(bench.a.read(registers.IMS)).toBe(0);
  });

  test.each([
    ['CTRL', registers.CTRL],
    ['CTRL, at its other place', registers.CTRL + 4],
    ['CTRL_EXT', registers.CTRL_EXT],
    ['EECD', registers.EECD],
  ])('%s: a second store while the first is being taken is not lost', (_, place) => {
    bench = IgbBench.linked();
    const { mapped, member } = bench.a;
    bench.look();
    const before = mapped.getUint32(place, true);
    const [first, second] = [before ^ 0x40, before ^ 0xc0];
    const stored: unknown[] = [];
    member.events.register.subscribe(({ value }) => {
      stored.push(value);
      if (stored.length === 1) mapped.setUint32(place, second, true);
    });
    mapped.setUint32(place, first, true);
    bench.look();
    bench.look();
    expect(stored).toEqual([first >>> 0, second >>> 0]);
    expect(bench.a.read(place) & 0xc0).toBe(second & 0xc0);
  });
});
