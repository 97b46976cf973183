import { expect, test } from 'vitest';
import { TimerQueue } from '../../src/kernel/timers.js';

test('timers run in the order of their deadlines, equal ones by order and then by age', () => {
  const timers = new TimerQueue();
  const ran: string[] = [];
  timers.set(20, () => ran.push('late'));
  timers.set(10, () => ran.push('second'), 2);
  timers.set(10, () => ran.push('first'), 1);
  timers.set(10, () => ran.push('third'), 2);
  while (timers.fireNext(15));
  expect(ran).toEqual(['first', 'second', 'third']);
  expect(timers.nowMs).toBe(15);
});

test('a delay counts from the time the embedder’s clock says, also when nothing was due for long', () => {
  const timers = new TimerQueue();
  let clock = 0;
  timers.useClock(() => clock);
  clock = 50_000;
  let fired = false;
  timers.set(10_000, () => {
    fired = true;
  });
  expect(timers.nextDeadlineMs).toBe(60_000);
  timers.fireNext(59_999);
  expect(fired).toBe(false);
  timers.fireNext(60_000);
  expect(fired).toBe(true);
});

test('a cancelled timer does not run', () => {
  const timers = new TimerQueue();
  let fired = false;
  timers
    .set(1, () => {
      fired = true;
    })
    .cancel();
  expect(timers.fireNext(10)).toBe(false);
  expect(fired).toBe(false);
});
