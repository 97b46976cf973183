// Random system calls of native programs: nothing crashes, hangs or is left, and all devices work afterwards.
// `npm run fuzz:host` is the long run.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { compileFuzzer } from '../../fuzz/host/build.js';
import { runFuzzer } from '../../fuzz/host/run-fuzzer.js';
import { requiresCompat } from '../host/compat-programs.js';
import { requires } from '../support/requirement.js';

const TIMEOUT_MS = 120_000;

requires('cc', () => {
  test('of 64-bit programs', { timeout: TIMEOUT_MS }, async () => {
    const { problems, summary } = await runFuzzer({
      ...{ seed: 1, calls: 10_000, pause: 1500, bits: 64 },
    });
    expect(problems).toEqual([]);
    expect(summary).toMatch(/^done: \d+ calls/);
  });
});

requiresCompat(({ isEmulated, timeoutMs, run }) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-fuzz-test-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const main = path.join(folder, 'main.mjs');
  buildSync({
    ...{ entryPoints: ['fuzz/host/main.ts'], outfile: main },
    ...{ bundle: true, format: 'esm', platform: 'node' },
  });
  const program = path.join(folder, 'fuzzer');
  compileFuzzer(32, program);

  test('of 32-bit programs', { timeout: timeoutMs }, async () => {
    // A run ends with a round: the first one of seed 2 is short.
    const [seed, calls] = isEmulated ? ['2', '2000'] : ['1', '10000'];
    const options = ['--bits', '32', '--program', program, '--seed', seed, '--calls', calls];
    const { status, stdout, stderr } = await run(process.execPath, main, ...options);
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^done: \d+ calls.*\nok\n$/m) as string,
      stderr: '',
    });
  });
});
