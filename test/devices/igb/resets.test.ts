// Resets in the middle of something (82576 data sheet §4.3): what was going on is forgotten, and the card works on.
import { beforeEach, expect, test } from 'vitest';
import * as registers from '../../../src/devices/igb/registers.js';
import { type Card, CONTEXT, frameOf, IgbBench, RING } from './igb-bench.js';

let bench: IgbBench;
let a: Card;
let b: Card;

beforeEach(() => {
  bench = IgbBench.linked();
  ({ a, b } = bench);
});

test('while packets wait for descriptors forgets them, and the card works on', () => {
  b.write(registers.receiveQueue(0) + registers.RDT, 0);
  for (let count = 0; count < 10; count++) a.send(frameOf(60));
  b.write(registers.CTRL, registers.CTRL_RST);
  b.start();
  bench.wait(100);
  expect(b.take()).toEqual([]);
  expect(bench.worksAnew()).toBe(true);
});

test('between the descriptors of a packet forgets its beginning', () => {
  a.transmit([[a.put(frameOf(64)), 0, (8 << 24) | 64, 0]]);
  a.write(registers.CTRL, registers.CTRL_RST);
  a.start();
  bench.wait(100);
  const frame = frameOf(80);
  a.send(frame);
  expect(b.take().map(({ bytes }) => bytes)).toEqual([frame]);
});

test('within a packet that is skipped ends that', () => {
  const at = a.put(frameOf(64));
  a.transmit(Array.from({ length: RING - 1 }, () => [at, 0, (8 << 24) | 64, 0] as const));
  a.write(registers.CTRL, registers.CTRL_RST);
  a.start();
  bench.wait(100);
  const frame = frameOf(81);
  a.send(frame);
  expect(b.take().map(({ bytes }) => bytes)).toEqual([frame]);
});

test('of the function is one as well, and leaves nothing behind', () => {
  a.transmit([[a.put(frameOf(64)), 0, (8 << 24) | 64, 0]]);
  a.member.reset('flr');
  a.member.setMaster(true);
  expect(a.read(registers.transmitQueue(0) + registers.TDLEN)).toBe(0);
  a.start();
  bench.wait(100);
  expect(bench.worksAnew()).toBe(true);
});

test('forgets contexts', () => {
  const context = [(7 << 16) | (14 << 9) | 20, 0, CONTEXT, 0] as const;
  const frame = frameOf(80);
  a.sendAdvanced(frame, { context, commands: 0x4000_0000 });
  expect(b.take().map(({ bytes }) => bytes[15])).toEqual([7]);
  a.write(registers.CTRL, registers.CTRL_RST);
  a.start();
  bench.wait(100);
  a.sendAdvanced(frame, { commands: 0x4000_0000 });
  expect(b.take().map(({ bytes }) => bytes[15])).toEqual([0]);
});

test('while the line is busy ends the waiting', () => {
  bench = IgbBench.linked({}, { bandwidthBps: 1e6 });
  ({ a, b } = bench);
  for (let count = 0; count < 60; count++) a.send(frameOf(1500, count));
  expect(a.read(registers.transmitQueue(0) + registers.TDH)).toBeLessThan(60);
  a.write(registers.CTRL, registers.CTRL_RST);
  a.start();
  bench.wait(2000);
  b.take();
  const frame = frameOf(82);
  a.send(frame);
  bench.wait(2000);
  expect(b.take().map(({ bytes }) => bytes)).toEqual([frame]);
});
