import { beforeEach, describe, expect, test } from 'vitest';
import { VectorMasks } from '../../../src/devices/igb/vector-masks.js';
import { TimerQueue } from '../../../src/kernel/timers.js';

const [RX, TX] = [2, 4];

describe('a vector that has masked itself', () => {
  let timers: TimerQueue;
  let changes: number;
  let masks: VectorMasks;

  beforeEach(() => {
    timers = new TimerQueue();
    changes = 0;
    masks = new VectorMasks(timers, () => {
      changes += 1;
    });
    masks.enable(RX | TX, 'call');
    masks.maskItself(RX);
    masks.maskItself(TX);
  });

  const wait = (): void => {
    while (timers.fireNext(1));
  };

  test('is enabled soon after a store for another one, which may have overwritten its own', () => {
    masks.enable(TX, 'store');
    expect(masks.enabled).toBe(TX);
    wait();
    expect([masks.enabled, changes]).toEqual([RX | TX, 1]);
  });

  test('stays masked when the other one is enabled by a call, which overwrites nothing', () => {
    masks.enable(TX, 'call');
    wait();
    expect([masks.enabled, changes]).toEqual([TX, 0]);
  });

  test('stays masked when software has masked it too', () => {
    masks.enable(TX, 'store');
    masks.disable(RX);
    wait();
    expect(masks.enabled).toBe(TX);
  });

  test('stays masked when it interrupts again before that', () => {
    masks.enable(TX, 'store');
    masks.enable(RX, 'store');
    masks.maskItself(RX);
    wait();
    expect(masks.enabled).toBe(TX);
  });

  test('stays masked after a reset', () => {
    masks.enable(TX, 'store');
    masks.reset();
    wait();
    expect([masks.enabled, changes]).toEqual([0, 0]);
  });
});
