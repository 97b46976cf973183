// Interrupts that nobody heard, of programs that listen to others.
import { expect, test } from 'vitest';
import { InterruptFindings } from '../../src/inspector/report/interrupt-findings.js';
import type { SessionEvent } from '../../src/inspector/session-event.js';

const device = '0000:01:00.0';
const MSIX = 2;

function armed(vector: number, isArmed = true): SessionEvent {
  return { kind: 'armed', device, index: MSIX, vector, isArmed };
}

function raised(vector: number, stage: string, reason = ''): SessionEvent {
  return { kind: 'interrupt', device, interrupt: 'msix', vector, stage, reason };
}

function textsAfter(...events: SessionEvent[]): string[] {
  const findings = new InterruptFindings();
  for (const event of events) findings.event(event, 0);
  return findings.findings().map(({ text }) => text);
}

test.each([
  ['has no eventfd', raised(3, 'unheard')],
  ['was not enabled', raised(3, 'lost', 'not enabled')],
])('a vector that %s, while another has', (_, interrupt) => {
  expect(textsAfter(armed(0), interrupt, interrupt)).toEqual([
    '0000:01:00.0 raised MSIX 3, for which no eventfd was set, 2 times in all, while there was one for MSIX 0: nobody heard it.',
  ]);
});

test('a program that listens to none polls', () => {
  expect(textsAfter(raised(0, 'unheard'), armed(1, false), raised(1, 'unheard'))).toEqual([]);
});

test('a program that has given up all interrupts misses none', () => {
  expect(textsAfter(armed(0), armed(0, false), raised(3, 'lost', 'not enabled'))).toEqual([]);
});

test.each([
  ['masked', raised(3, 'pending', 'masked')],
  ['lost on purpose', raised(3, 'lost', 'injected')],
  ['stopped on its way', raised(3, 'lost', 'bus master off')],
])('an interrupt that was %s is another matter', (_, interrupt) => {
  expect(textsAfter(armed(0), interrupt)).toEqual([]);
});
