import { describe, expect, test } from 'vitest';
import { TimerQueue } from '../../src/kernel/timers.js';
import type { NetworkOptions } from '../../src/net/network-options.js';
import { Networks } from '../../src/net/networks.js';
import { place, station } from './station.js';

/** A cable with a station at each end. */
function cable(options: Omit<NetworkOptions, 'name'>) {
  const timers = new TimerQueue();
  const networks = new Networks(place(timers), [{ name: 'lan0', ...options }]);
  const a = station(networks.port('a', 'lan0'), 1);
  const b = station(networks.port('b', 'lan0'), 2);
  const advanceTo = (ms: number): void => {
    while (timers.fireNext(ms));
  };
  return { a, b, advanceTo, timers, network: networks.get('lan0') };
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`);

describe('a line', () => {
  test('with a latency hands a frame over exactly so much later', () => {
    const { a, b, advanceTo } = cable({ latencyMs: 5 });
    a.sendTo(2, 'late');
    advanceTo(4.999);
    expect(b.texts).toEqual([]);
    advanceTo(5);
    expect(b.texts).toEqual(['late']);
  });

  test('with a bandwidth takes frames one after the other, with what Ethernet puts around them', () => {
    const { a, b, advanceTo } = cable({ bandwidthBps: 1e6 });
    // 1014 bytes with 24 of preamble, FCS and gap: 8.304 ms at 1 Mbit/s.
    for (const text of ['x'.repeat(1000), 'y'.repeat(1000)]) a.sendTo(2, text);
    advanceTo(8.3);
    expect(b.frames).toHaveLength(0);
    advanceTo(8.305);
    expect(b.frames).toHaveLength(1);
    advanceTo(16.609);
    expect(b.frames).toHaveLength(2);
  });

  test('that has too much waiting takes no more, and says when it does', () => {
    const { a, b, advanceTo } = cable({ bandwidthBps: 1e6 });
    let sent = 0;
    while (a.sendTo(2, 'x'.repeat(1000))) sent += 1;
    expect(sent * 1038).toBeGreaterThanOrEqual(64 * 1024);
    expect(a.port.statistics.sentFrames).toBe(sent);
    expect(a.writable).toBe(0);
    advanceTo(400);
    expect(a.writable).toBe(1);
    expect(a.sendTo(2, 'again')).toBe(true);
    advanceTo(1000);
    expect(b.frames).toHaveLength(sent + 1);
  });

  test('with jitter keeps the order', () => {
    const { a, b, advanceTo } = cable({ latencyMs: 1, jitterMs: 10 });
    for (const text of numbers(50)) a.sendTo(2, text);
    advanceTo(12);
    expect(b.texts).toEqual(numbers(50));
  });

  test('that reorders lets the next frame overtake, and loses none', () => {
    const { a, b, advanceTo } = cable({ reordering: 0.3 });
    for (const text of numbers(100)) a.sendTo(2, text);
    advanceTo(50);
    expect(b.texts).not.toEqual(numbers(100));
    expect([...b.texts].sort((x, y) => Number(x) - Number(y))).toEqual(numbers(100));
    b.texts.forEach((text, index) => {
      expect(Math.abs(Number(text) - index)).toBeLessThanOrEqual(1);
    });
  });

  test('gives a frame that nothing overtakes after a while', () => {
    const { a, b, advanceTo } = cable({ reordering: 1 });
    a.sendTo(2, 'alone');
    advanceTo(9);
    expect(b.texts).toEqual([]);
    advanceTo(11);
    expect(b.texts).toEqual(['alone']);
  });

  test('loses the part that it is told to, others by another seed, and counts them', () => {
    const lost = (seed: number): number[] => {
      const { a, b, advanceTo } = cable({ loss: 0.1, seed });
      for (const text of numbers(2000)) a.sendTo(2, text);
      advanceTo(10);
      expect(a.port.statistics.dropped.loss).toBe(2000 - b.frames.length);
      const arrived = new Set(b.texts);
      return numbers(2000)
        .filter((text) => !arrived.has(text))
        .map(Number);
    };
    expect(lost(1).length).toBeGreaterThan(140);
    expect(lost(1).length).toBeLessThan(260);
    expect(lost(1)).toEqual(lost(1));
    expect(lost(1)).not.toEqual(lost(2));
  });

  test('that duplicates counts the copies', () => {
    const { a, b, advanceTo, network } = cable({ duplication: 0.5 });
    for (const text of numbers(100)) a.sendTo(2, text);
    advanceTo(10);
    expect(network.totals.duplicatedFrames).toBeGreaterThan(20);
    expect(b.frames).toHaveLength(100 + network.totals.duplicatedFrames);
  });

  test('that is pulled loses what is in flight, and counts it', () => {
    const { a, b, advanceTo, network } = cable({ latencyMs: 5 });
    a.sendTo(2, 'gone');
    network.setLink(false);
    advanceTo(10);
    expect(b.frames).toHaveLength(0);
    expect(b.port.statistics.dropped['link-down']).toBe(1);
  });
});

test('a switch port that gets more than its line carries drops at the end of its queue', () => {
  const timers = new TimerQueue();
  const networks = new Networks(place(timers), [{ name: 'lan0', bandwidthBps: 1e8 }]);
  const [a, b, c] = [1, 2, 3].map((mac) => station(networks.port(`p${mac}`, 'lan0'), mac));
  c?.sendTo(255, 'here I am');
  while (timers.fireNext(1));
  // Two ports at full speed into one: half a megabyte waits after some 84 ms.
  for (let ms = 1; ms < 400; ms++) {
    for (const sender of [a, b]) for (let i = 0; i < 8; i++) sender?.sendTo(3, 'x'.repeat(1500));
    while (timers.fireNext(ms));
  }
  expect(c?.port.statistics.dropped['queue-full']).toBeGreaterThan(0);
  while (timers.fireNext(1000));
  const { sentFrames, floodedFrames, receivedFrames, droppedFrames } = networks.get('lan0').totals;
  expect(receivedFrames + droppedFrames).toBe(sentFrames + floodedFrames);
});
