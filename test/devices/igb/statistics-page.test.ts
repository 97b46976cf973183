// The statistics as clients see them that mapped them: what a reading takes, and what comes meanwhile.
import { beforeEach, expect, test } from 'vitest';
import { RegisterFile } from '../../../src/devices/igb/register-file.js';
import { BAR_SIZE } from '../../../src/devices/igb/registers.js';
import { GORCL, GPRC, Statistics } from '../../../src/devices/igb/statistics.js';
import { StatisticsPage } from '../../../src/devices/igb/statistics-page.js';
import type { ReadDetector } from '../../../src/kernel/memory-object.js';
import { TimerQueue } from '../../../src/kernel/timers.js';

const LENGTH = 60;

let timers: TimerQueue;
let statistics: Statistics;
let registers: RegisterFile;
let page: StatisticsPage;
let detector: { isTouched: boolean; areThrough: boolean };

/** What a driver adds up that loads registers. */
let sums: Map<number, number>;

beforeEach(() => {
  timers = new TimerQueue();
  statistics = new Statistics();
  registers = new RegisterFile(new Uint8Array(BAR_SIZE));
  detector = { isTouched: false, areThrough: true };
  const watch: ReadDetector = {
    get isTouched() {
      return detector.isTouched;
    },
    readers: () => ({
      get areThrough() {
        return detector.areThrough;
      },
    }),
    renew: () => {
      detector.isTouched = false;
      registers.words.fill(0, 0x4000 / 4, 0x5000 / 4);
    },
  };
  page = new StatisticsPage(statistics, registers, timers, watch);
  page.reset();
  sums = new Map();
});

function receive(count: number): void {
  for (let packet = 0; packet < count; packet++) statistics.received(LENGTH, 0);
}

/** Lets time pass, and the model look now and then. */
function wait(ms: number): void {
  const until = timers.nowMs + ms;
  while (timers.nowMs < until) {
    timers.set(0.05, () => page.update(false));
    timers.fireNext(until);
  }
}

function load(register: number): void {
  detector.isTouched = true;
  sums.set(register, (sums.get(register) ?? 0) + registers.get(register));
}

test('a reading of all of them clears them, and nothing is lost between two', () => {
  for (let round = 1; round <= 3; round++) {
    receive(10);
    wait(3);
    load(GPRC);
    load(GORCL);
    receive(5);
    wait(3);
    expect(sums.get(GPRC)).toBe(15 * round - 5);
  }
  load(GPRC);
  load(GORCL);
  expect([sums.get(GPRC), sums.get(GORCL)]).toEqual([45, 45 * 64]);
});

test('a driver that was kept waiting within a reading finds the rest as it was', () => {
  receive(10);
  wait(1);
  detector.areThrough = false;
  load(GPRC);
  receive(7);
  wait(50);
  load(GORCL);
  detector.areThrough = true;
  wait(3);
  load(GPRC);
  load(GORCL);
  expect([sums.get(GPRC), sums.get(GORCL)]).toEqual([17, 17 * 64]);
});

test('so does one that was kept waiting when there was nothing yet', () => {
  detector.areThrough = false;
  load(GPRC);
  wait(1);
  receive(7);
  wait(50);
  load(GORCL);
  detector.areThrough = true;
  wait(3);
  load(GPRC);
  load(GORCL);
  expect([sums.get(GPRC), sums.get(GORCL)]).toEqual([7, 7 * 64]);
});

test('a call that reads one while a driver reads takes only that one', () => {
  receive(10);
  wait(1);
  load(GPRC);
  wait(0.5);
  receive(1);
  expect(page.read(GPRC)).toBe(11);
  expect(registers.get(GPRC)).toBe(0);
  wait(3);
  expect(page.read(GPRC)).toBe(0);
  load(GORCL);
  expect(sums.get(GORCL)).toBe(64);
});
