// Random system calls of native programs: nothing crashes, hangs or is left, and all devices work afterwards.
// `npm run fuzz:host` is the long run.

import { expect, test } from 'vitest';
import { runFuzzer } from '../../fuzz/host/run-fuzzer.js';
import { requires } from '../support/requirement.js';

const TIMEOUT_MS = 120_000;

requires('cc', () => {
  test.each([64, 32] as const)('of %d-bit programs', { timeout: TIMEOUT_MS }, async (bits) => {
    const { problems, summary } = await runFuzzer({ seed: 1, calls: 10_000, pause: 1500, bits });
    expect(problems).toEqual([]);
    expect(summary).toMatch(/^done: \d+ calls/);
  });
});
