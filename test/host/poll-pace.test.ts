// What is stored after an idle time is seen after a small part of that time; looks get rarer meanwhile.

import { expect, test } from 'vitest';
import { PollPace } from '../../src/host/poll-pace.js';
import { Pollers } from '../../src/kernel/pollers.js';

/** A loop that only looks and waits. @param costMs processor time of a look and the pause before it */
function newLoop(costMs = 0.08) {
  const pollers = new Pollers();
  let nowMs = 0;
  let usedMs = 0;
  let hasWork = false;
  const pace = new PollPace(pollers, { now: () => nowMs, used: () => usedMs });
  const stop = pollers.add(() => hasWork);
  /** Looks and waits until so much time has passed. @returns the looks */
  const run = (ms: number): number => {
    const end = nowMs + ms;
    let looks = 0;
    while (nowMs < end) {
      pace.poll();
      looks += 1;
      usedMs += costMs;
      // A look that is not followed by a pause takes a microsecond.
      nowMs += Math.max(pace.waitUs(), 1) / 1000;
    }
    return looks;
  };
  const work = (): void => {
    hasWork = true;
    pace.poll();
    hasWork = false;
  };
  return { pace, run, work, stop };
}

test('looks without pause right after there was work', () => {
  const { pace, run, work } = newLoop();
  run(1000);
  work();
  expect(pace.waitUs()).toBe(0);
  run(0.9);
  expect(pace.waitUs()).toBe(0);
});

test.each([
  [5, 100],
  [10, 200],
  [100, 200],
  [900, 200],
])(
  'pauses for 2 %% of the idle time, up to 0.2 ms in the first second: after %i ms',
  (idleMs, us) => {
    const { pace, run, work } = newLoop();
    work();
    run(idleMs);
    expect(pace.waitUs()).toBeGreaterThan(us * 0.9);
    expect(pace.waitUs()).toBeLessThan(us * 1.1);
  },
);

test('pauses for 4 ms when idle for long', () => {
  const { run, work } = newLoop(0.06);
  work();
  run(1010);
  expect(run(1000)).toBe(250);
});

test.each([
  [0.015, 1],
  [0.03, 2],
  [0.001, 0.2],
  // What a busy virtual computer has been seen to take, whose caches others empty meanwhile.
  [0.12, 8],
])('where a pause costs %f ms of processor time, %f ms are enough', (costMs, pauseMs) => {
  const { pace, run, work } = newLoop(costMs);
  work();
  run(2000);
  expect(pace.waitUs()).toBeCloseTo(1000 * pauseMs, -1);
  const share = (run(1000) * costMs) / 1000;
  expect(share).toBeLessThan(0.0151);
  // The next time is no other.
  work();
  run(2000);
  expect(pace.waitUs()).toBeCloseTo(1000 * pauseMs, -1);
});

test('pauses get longer when they cost more', () => {
  let costMs = 0.015;
  const pollers = new Pollers();
  let usedMs = 0;
  pollers.add(() => false);
  const pace = new PollPace(pollers, { now: () => usedMs, used: () => usedMs });
  const look = (times: number): void => {
    for (let count = 0; count < times; count++) {
      pace.poll();
      usedMs += costMs;
    }
  };
  look(10_000);
  expect(pace.waitUs()).toBeCloseTo(1000, -1);
  costMs = 0.045;
  look(2000);
  expect(pace.waitUs()).toBeCloseTo(3000, -1);
});

test('waits without end while nothing is to be looked at', () => {
  const { pace, stop } = newLoop();
  stop();
  pace.poll();
  expect(pace.waitUs()).toBe(-1);
});
