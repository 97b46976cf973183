// Runs the fuzzer under `uvfio run`, never as root, and says what is not as it has to be.

import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandForAll } from '../../tools/install/command-for-all.js';
import { type FuzzerOptions, NOBODY, setUpWorkshop, type Workshop } from './build.js';
import { type HostState, hostState, processesOf, scratchDirectories } from './host-state.js';

const MACHINE = 'fuzz/host/machine.yaml';
/** Nothing is heard of the fuzzer for so long: something hangs. It says itself when a call does, after 60 s. */
const SILENCE_MS = 180_000;
/** Closes reach uvfio a little later, in a message of the kernel. */
const SETTLE_MS = 10_000;

export interface FuzzOptions extends FuzzerOptions {
  readonly seed: number;
  readonly calls: number;
  /** Calls between looks at uvfio. */
  readonly pause: number;
  /** Hears of each look. */
  readonly onState?: (state: HostState) => void;
}

export interface FuzzReport {
  /** What the fuzzer said at its end. */
  readonly summary: string;
  readonly states: readonly HostState[];
  /** A line for each thing that is wrong; none if all is well. */
  readonly problems: readonly string[];
}

/** To be called from the root of the repository, with `dist/` built. */
export async function runFuzzer(options: FuzzOptions): Promise<FuzzReport> {
  const workshop = setUpWorkshop(options);
  try {
    const report = await watch(start(workshop, options), options);
    const left = processesOf(workshop.program);
    const problems = left.map((pid) => `process ${pid} of the fuzzer is left`);
    return { ...report, problems: [...report.problems, ...problems] };
  } finally {
    rmSync(workshop.root, { recursive: true });
  }
}

function start({ program, folder }: Workshop, options: FuzzOptions): ChildProcess {
  const isRoot = process.getuid?.() === 0;
  const asNobody = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];
  const command = isRoot ? commandForAll() : path.resolve('dist/bin/uvfio.js');
  const { seed, calls, pause } = options;
  const numbers = ['--seed', `${seed}`, '--calls', `${calls}`, '--pause', `${pause}`];
  const [file = '', ...args] = [
    ...(isRoot ? ['setpriv', ...asNobody] : []),
    ...[process.execPath, command, 'run', '--machine', path.resolve(MACHINE), '--', program],
    ...numbers,
  ];
  return spawn(file, args, { cwd: folder, stdio: 'pipe', env: { ...process.env, HOME: folder } });
}

async function watch(child: ChildProcess, { onState }: FuzzOptions): Promise<FuzzReport> {
  const { stdin, stdout, stderr, pid = 0 } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error('there are no pipes');
  const states: HostState[] = [];
  const problems: string[] = [];
  const lines: string[] = [];
  let errors = '';
  stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  const silence = setTimeout(() => {
    problems.push(`nothing was heard for ${SILENCE_MS} ms`);
    child.kill('SIGKILL');
  }, SILENCE_MS);
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (status, signal) => resolve(signal ?? status ?? 0));
  });
  for await (const line of createInterface(stdout)) {
    silence.refresh();
    const calls = /^idle (\d+)$/.exec(line)?.[1];
    if (calls === undefined) {
      lines.push(line);
      continue;
    }
    const usual = states.at(-1)?.descriptors ?? Infinity;
    const state = await settledState(pid, Number(calls), usual);
    states.push(state);
    onState?.(state);
    stdin.write('\n');
  }
  const status = await ended;
  clearTimeout(silence);
  if (status !== 0) problems.push(`it ended with ${status}`, ...lines);
  if (errors !== '') problems.push(`uvfio complains: ${errors}`);
  for (const folder of scratchDirectories(pid)) problems.push(`${folder} is left`);
  return { summary: lines.at(-1) ?? '', states, problems: [...problems, ...growth(states)] };
}

/**
 * The state when what programs closed has been heard of, and processes that have just ended are let go of; what stays
 * shows in it.
 * @param usual how many descriptors uvfio had open before
 */
async function settledState(pid: number, calls: number, usual: number): Promise<HostState> {
  let state = hostState(pid, calls);
  for (let waitedMs = 0; waitedMs < SETTLE_MS; waitedMs += 10) {
    if (state.openFiles === 0 && state.descriptors <= usual) break;
    await sleep(10);
    state = hostState(pid, calls);
  }
  return state;
}

/** What is open in the end and was not before: `2 × anon_inode:[pidfd]`. */
function added(before: readonly HostState[], after: readonly HostState[]): string {
  const had = before.at(-1)?.open ?? new Map<string, number>();
  const has = [...(after.at(-1)?.open ?? [])];
  const more = has.map(([name, count]) => [count - (had.get(name) ?? 0), name] as const);
  return more
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count} × ${name}`)
    .join(', ');
}

/** Memory that comes and goes with V8's collections. */
const NOISE_KIB = 48 * 1024;

/** What there is more of in the last third than in the second; the first is for warming up. */
function growth(states: readonly HostState[]): string[] {
  const third = Math.floor(states.length / 3);
  const [before, after] = [states.slice(third, -third), states.slice(-third)];
  const problems: string[] = [];
  for (const { calls, openFiles } of states) {
    if (openFiles > 0) problems.push(`${openFiles} files are open after ${calls} calls`);
  }
  if (third === 0) return problems;
  const most = (some: readonly HostState[], of: (state: HostState) => number) =>
    Math.max(...some.map(of));
  const moreKib = most(after, (s) => s.residentKib) - most(before, (s) => s.residentKib);
  if (moreKib > NOISE_KIB) problems.push(`uvfio has grown by ${moreKib} KiB`);
  // What has just ended is let go of a moment later: what counts is the least.
  const least = (some: readonly HostState[]) => Math.min(...some.map((s) => s.descriptors));
  const more = least(after) - least(before);
  if (more > 0) problems.push(`uvfio has ${more} more descriptors open: ${added(before, after)}`);
  return problems;
}
