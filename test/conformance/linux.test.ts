// The probe's answers under `uvfio run` are those that it got from a real Linux kernel, but for the
// divergences that are listed.

import { expect, test } from 'vitest';
import { compareSteps } from '../../tools/conformance-linux/compare.js';
import { divergences, excuseFor } from '../../tools/conformance-linux/divergences.js';
import { buildProbe, runProbe } from '../../tools/conformance-linux/probe.js';
import { recordedSteps } from '../../tools/conformance-linux/recordings.js';
import { runs } from '../../tools/conformance-linux/runs.js';
import { findProgram, requiresThat } from '../support/requirement.js';

const TIMEOUT_MS = 180_000;
/**
 * Its program sees nothing for 8 seconds of a request that comes again after 10: if it is kept waiting for two
 * seconds, which a crowded computer does, it sees both.
 */
const CLOCKED = 'sysfs-edu';

const canRun = findProgram('cc') !== undefined && process.getuid?.() === 0;

requiresThat(canRun, 'the recordings are of root, and their program needs a C compiler', () => {
  const probe = buildProbe();

  for (const run of runs) {
    test(run.name, { timeout: TIMEOUT_MS, retry: run.name === CLOCKED ? 1 : 0 }, async () => {
      const recorded = recordedSteps(run);
      const differences = compareSteps(run.name, recorded, await runProbe(probe, run, []));
      expect(differences.filter((one) => excuseFor(one) === undefined)).toEqual([]);
    });
  }
});

test('the list of divergences is short, and each has a reason', () => {
  expect(divergences.length).toBeLessThan(30);
  for (const { reason } of divergences) expect(reason).not.toBe('');
});
