// Builds the probe and runs it under `uvfio run`.

import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ProbeRun } from './runs.js';

const FOLDER = 'conformance/linux';
const UVFIO = 'dist/bin/uvfio.js';
/** A run of all scenarios takes a minute; the probe ends each of them after two. */
const RUN_TIMEOUT_MS = 180_000;

/** The probe's children close the descriptors from 3 to 63, so that theirs do not keep devices busy. */
const FIRST_DESCRIPTOR = 32;

/** One answer: a line that the probe printed. */
export interface Step {
  readonly scenario: string;
  readonly step: string;
  readonly call: string;
  readonly args: unknown;
  readonly ret: unknown;
  readonly errno: unknown;
  readonly out: unknown;
}

/** Compiles the probe into a folder that goes with this process. @throws when there is no C compiler */
export function buildProbe(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-probe-'));
  process.once('exit', () => rmSync(folder, { recursive: true }));
  const program = path.join(folder, 'vfio-probe');
  const source = path.join(FOLDER, 'vfio-probe.c');
  execFileSync('cc', ['-std=c11', '-O1', '-static', '-w', '-o', program, source]);
  return program;
}

/** Runs the probe, for some scenarios only if any are given, and returns what it printed. */
export async function runProbe(
  program: string,
  run: ProbeRun,
  scenarios: readonly string[],
): Promise<Step[]> {
  const chosen = scenarios.length === 0 ? run.args : [...optionsOf(run.args), ...scenarios];
  const machine = path.join(FOLDER, run.machine);
  const options = ['--machine', machine, '--first-descriptor', `${FIRST_DESCRIPTOR}`];
  const args = [UVFIO, 'run', ...options, '--', program, ...chosen];
  return await new Promise((resolve, reject) => {
    const limits = { maxBuffer: 64 * 2 ** 20, timeout: RUN_TIMEOUT_MS };
    execFile(process.execPath, args, limits, (error, stdout, stderr) => {
      if (stderr !== '') process.stderr.write(stderr);
      // The probe's own status says whether something did not apply, which its lines say better.
      if (error !== null && stdout === '') reject(new Error(`${run.name}: ${error.message}`));
      else resolve(parseSteps(stdout));
    });
  });
}

/** The lines of a recording or a run. */
export function parseSteps(text: string): Step[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Step);
}

/** The arguments without the scenarios. */
function optionsOf(args: readonly string[]): string[] {
  const options: string[] = [];
  for (let i = 0; args[i]?.startsWith('--') === true; i += 2) {
    options.push(args[i] as string, args[i + 1] as string);
  }
  return options;
}
