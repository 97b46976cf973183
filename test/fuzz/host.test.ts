// Random system calls of native programs: nothing crashes, hangs or is left, and all devices work afterwards.
// `npm run fuzz:host` is the long run.

import { expect, test } from 'vitest';
import { runFuzzer } from '../../fuzz/host/run-fuzzer.js';
import { requiresCompat } from '../host/compat-programs.js';
import { requires } from '../support/requirement.js';

const TIMEOUT_MS = 120_000;

requires('cc', () => {
  test('of 64-bit programs', { timeout: TIMEOUT_MS }, async () => await expectAllWell(64));
});

requiresCompat(() => {
  test('of 32-bit programs', { timeout: TIMEOUT_MS }, async () => await expectAllWell(32));
});

async function expectAllWell(bits: 32 | 64): Promise<void> {
  const { problems, summary } = await runFuzzer({ seed: 1, calls: 10_000, pause: 1500, bits });
  expect(problems).toEqual([]);
  expect(summary).toMatch(/^done: \d+ calls/);
}
