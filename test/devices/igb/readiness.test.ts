// Those who can wait (replays, sockets, TAP devices) are told when the controller can receive.
import { beforeEach, expect, test } from 'vitest';
import { igbModel } from '../../../src/devices/igb/index.js';
import * as registers from '../../../src/devices/igb/registers.js';
import type { Port } from '../../../src/net/port.js';
import { TestPci } from '../../pci/test-pci.js';
import { Card, frameOf } from './igb-bench.js';

let machine: TestPci;
let card: Card;
let peer: Port;
let sent: number;

const FRAMES = 400;

/** Sends frames in bursts, as long as the other end is ready; goes on when it is told to. */
function send(): void {
  for (let count = 0; count < 64 && sent < FRAMES; count++) {
    if (!peer.isPeerReady) break;
    if (peer.send(frameOf(1500, sent))) sent += 1;
  }
  peer.flush();
}

beforeEach(() => {
  machine = new TestPci({ '00:03.0': igbModel.describe({ net: 'lan0' }) });
  card = new Card(machine, '0000:00:03.0');
  peer = machine.pci.networks.get('lan0').join('peer');
  sent = 0;
  peer.attach({ receive: () => true, writable: send });
});

function wait(): void {
  const { timers, pollers } = machine.kernel;
  const until = timers.nowMs + 50;
  while (timers.fireNext(until)) pollers.poll();
}

/** Takes what has come until nothing comes any more. */
function takeAll(): number {
  let taken = 0;
  for (;;) {
    const { length } = card.take();
    wait();
    if (length === 0) return taken;
    taken += length;
  }
}

test.each(['calls', 'stores'])('when the receiver is enabled by %s', (how) => {
  if (how === 'stores') card.store = card.mapped;
  send();
  expect(sent).toBe(0);
  card.start();
  wait();
  expect(sent).toBeGreaterThan(0);
});

test('when a burst has filled the packet buffer, and it is empty again', () => {
  card.start();
  wait();
  send();
  expect(takeAll()).toBe(FRAMES);
  expect(sent).toBe(FRAMES);
});

test('not while it is disabled', () => {
  card.start();
  card.write(registers.RCTL, 0);
  wait();
  send();
  expect([sent, peer.isPeerReady]).toEqual([0, false]);
});
