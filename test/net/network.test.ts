import { expect, test } from 'vitest';
import { TimerQueue } from '../../src/kernel/timers.js';
import { Networks } from '../../src/net/networks.js';
import { place, station } from './station.js';

test('two ports are a cable, which passes everything and hands it over at once', () => {
  const networks = new Networks(place());
  const a = station(networks.port('a', 'lan0'), 1);
  const b = station(networks.port('b', 'lan0'), 2);
  a.sendTo(99, 'not for b');
  expect(b.texts).toEqual(['not for b']);
  expect(a.texts).toEqual([]);
});

test('more ports are a switch, which floods until it has learned where an address is', () => {
  const networks = new Networks(place());
  const [a, b, c] = [1, 2, 3].map((mac) => station(networks.port(`p${mac}`, 'lan0'), mac));
  a?.sendTo(2, 'where are you?');
  b?.sendTo(1, 'here');
  a?.sendTo(2, 'I see');
  expect(a?.texts).toEqual(['here']);
  expect(b?.texts).toEqual(['where are you?', 'I see']);
  expect(c?.texts).toEqual(['where are you?']);
});

test('a switch forgets an address that was silent for the ageing time', () => {
  const timers = new TimerQueue();
  const networks = new Networks(place(timers));
  const [a, b, c] = [1, 2, 3].map((mac) => station(networks.port(`p${mac}`, 'lan0'), mac));
  b?.sendTo(1, 'learned');
  timers.fireNext(300_001);
  a?.sendTo(2, 'flooded');
  expect(c?.texts).toEqual(['learned', 'flooded']);
});

test('a frame to an address behind the same port goes nowhere', () => {
  const networks = new Networks(place());
  const [a, , c] = [1, 2, 3].map((mac) => station(networks.port(`p${mac}`, 'lan0'), mac));
  a?.sendTo(1, 'to myself');
  a?.sendTo(1, 'again');
  expect(c?.texts).toEqual([]);
  expect(a?.port.statistics.dropped['no-destination']).toBe(2);
});

test('a switch keeps frames for the neighbour, a cable passes them', () => {
  const networks = new Networks(place());
  const lldp = Uint8Array.of(1, 0x80, 0xc2, 0, 0, 0x0e, 2, 0, 0, 0, 0, 1, 0x88, 0xcc);
  const [a, b] = [1, 2].map((mac) => station(networks.port(`p${mac}`, 'lan0'), mac));
  a?.port.send(lldp);
  expect(b?.frames).toHaveLength(1);
  station(networks.port('p3', 'lan0'), 3);
  a?.port.send(lldp);
  expect(b?.frames).toHaveLength(1);
  expect(a?.port.statistics.dropped['link-local']).toBe(1);
});

test('a port on no network has no link, and one that is alone on its has', () => {
  const networks = new Networks(place());
  expect(networks.port('a').link.isUp).toBe(false);
  expect(networks.port('b', 'lan0').link.isUp).toBe(true);
});

test('who pulls out one end of a cable takes the link from the other', () => {
  const networks = new Networks(place());
  const a = station(networks.port('a', 'lan0'), 1);
  const b = station(networks.port('b', 'lan0'), 2);
  a.port.setCarrier(false);
  expect(b.links).toEqual([false]);
  b.sendTo(1, 'anyone?');
  expect(b.port.statistics.dropped['link-down']).toBe(1);
  a.port.setCarrier(true);
  expect(b.links).toEqual([false, true]);
});

test('runts and frames beyond the MTU are dropped and counted', () => {
  const networks = new Networks(place(), [{ name: 'lan0', mtu: 1500 }]);
  const a = station(networks.port('a', 'lan0'), 1);
  const b = station(networks.port('b', 'lan0'), 2);
  for (const length of [13, 14, 1522, 1523]) a.port.send(new Uint8Array(length));
  expect(b.frames.map((frame) => frame.length)).toEqual([14, 1522]);
  expect(a.port.statistics.dropped).toMatchObject({ runt: 1, oversize: 1 });
});

test('a device that sends while it receives is not entered from within itself', () => {
  const timers = new TimerQueue();
  const networks = new Networks(place(timers));
  const a = station(networks.port('a', 'lan0'), 1);
  const port = networks.port('echo', 'lan0');
  port.attach({ receive: (frame) => port.send(frame) });
  a.sendTo(2, 'hello');
  expect(a.texts).toEqual([]);
  while (timers.fireNext(1));
  expect(a.texts).toEqual(['hello']);
});

test('who waits for a receiver is told when it is ready, by the timers', () => {
  const timers = new TimerQueue();
  const networks = new Networks(place(timers));
  const a = station(networks.port('a', 'lan0'), 1);
  const port = networks.port('b', 'lan0');
  let isReady = false;
  port.attach({ receive: () => isReady, canReceive: () => isReady });
  expect(a.port.isPeerReady).toBe(false);
  isReady = true;
  port.readyToReceive();
  expect(a.writable).toBe(0);
  while (timers.fireNext(0));
  expect(a.writable).toBe(1);
  expect(a.port.isPeerReady).toBe(true);
});
