// What a call costs through the host: the same client program under `uvfio run` and under a minimal
// responder in C, in turns, so that whatever else the computer does hits both alike. And the time to start.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { Row } from '../measure.js';
import { scratchFolder } from '../scratch-folder.js';

const BASELINE = 'bench/baseline';
const UVFIO = 'dist/bin/uvfio.js';
const ROUNDS = 7;
const CALLS = 60_000;
const STARTS = 15;
/** A device whose registers answer reads: the client reads its identification. */
const BDF = '0000:00:03.0';

/** Nanoseconds a call, by what was called. */
interface Loops {
  readonly ioctl: number;
  readonly pread: number;
  readonly openClose: number;
}

export function hostBenchmark(): Row[] {
  return [...callRows(), ...startRows()];
}

function callRows(): Row[] {
  const folder = scratchFolder();
  const responder = compile(folder, 'responder');
  const client = compile(folder, 'client');
  const baseline: Loops[] = [];
  const uvfio: Loops[] = [];
  const traced: Loops[] = [];
  const trace = `--trace=${path.join(folder, 'trace.txt')}`;
  for (let round = 0; round < ROUNDS; round++) {
    baseline.push(loops(responder, ['-n', `${CALLS}`]));
    const run = (...options: string[]): Loops =>
      loops(process.execPath, [
        UVFIO,
        'run',
        ...options,
        '--',
        client,
        '-n',
        `${CALLS}`,
        '-b',
        BDF,
      ]);
    uvfio.push(run());
    traced.push(run(trace));
  }
  return (['ioctl', 'pread', 'openClose'] as const).flatMap((name) => {
    const ours = median(uvfio.map((one) => one[name]));
    const theirs = median(baseline.map((one) => one[name]));
    const ratioTo = (others: readonly Loops[], those: readonly Loops[]): string =>
      median(those.map((one, i) => one[name] / (others[i]?.[name] ?? Number.NaN))).toFixed(2);
    return [
      { name: `${name}, responder in C`, ns: theirs, operations: CALLS * ROUNDS },
      {
        name: `${name}, uvfio (median ratio ${ratioTo(baseline, uvfio)})`,
        ns: ours,
        operations: CALLS * ROUNDS,
      },
      {
        name: `${name}, traced to a file (median ratio ${ratioTo(uvfio, traced)} to uvfio)`,
        ns: median(traced.map((one) => one[name])),
        operations: CALLS * ROUNDS,
      },
    ];
  });
}

function compile(folder: string, name: string): string {
  const output = path.join(folder, name);
  execFileSync('cc', ['-O2', '-o', output, path.join(BASELINE, `${name}.c`)]);
  return output;
}

function loops(program: string, args: readonly string[]): Loops {
  return JSON.parse(execFileSync(program, args, { encoding: 'utf8' })) as Loops;
}

function startRows(): Row[] {
  const node: number[] = [];
  const uvfio: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    node.push(wallNs(process.execPath, ['-e', '0']));
    uvfio.push(wallNs(process.execPath, [UVFIO, 'run', '--', 'true']));
  }
  return [
    { name: 'start and end of node -e 0', ns: median(node), operations: STARTS },
    { name: 'start and end of uvfio run -- true', ns: median(uvfio), operations: STARTS },
  ];
}

function wallNs(program: string, args: readonly string[]): number {
  const start = process.hrtime.bigint();
  execFileSync(program, args);
  return Number(process.hrtime.bigint() - start);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
