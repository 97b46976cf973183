// What programs wait for while they use an NVMe controller through mapped registers: for the first command after
// a time without work, and for system calls while the controller is at work. Beside it how much slower this
// computer has become for any program by then. And what it costs that they need not wait for longer: the processor
// time of a machine on which nothing happens.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from '../measure.js';

const UVFIO = 'dist/bin/uvfio.js';
const ADDRESS = '0000:00:04.0';
const DEVICE = `nvme,addr=${ADDRESS},size=64M`;

/** Milliseconds without work, and how many times. */
const IDLE_TIMES = [
  { ms: 0.1, count: 500 },
  { ms: 1, count: 500 },
  { ms: 10, count: 200 },
  { ms: 100, count: 50 },
  { ms: 1000, count: 10 },
];

/** What the controller does meanwhile: reads of so many bytes, 32 at a time. */
const LOADS = [
  { name: 'nothing', bytes: 0 },
  { name: '4 KiB reads, 32 at a time', bytes: 4096 },
  { name: '128 KiB reads, 32 at a time', bytes: 128 * 1024 },
];
const CALLS = 5000;

const REST_SECONDS = 5;
/** What happens when a program starts is over then. */
const SETTLE_MS = 1500;

export async function latencyBenchmark(): Promise<Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-bench-'));
  const compiled = (name: string): string => {
    const program = path.join(folder, name);
    execFileSync('cc', ['-O2', '-pthread', '-o', program, `bench/latency/${name}.c`]);
    return program;
  };
  try {
    const [client, walk] = [compiled('client'), compiled('walk')];
    return [
      ...IDLE_TIMES.flatMap(({ ms, count }) => {
        const times = measured([client, ADDRESS, 'idle', `${ms}`, `${count}`]);
        const walks = sorted(execFileSync(walk, [`${ms}`, `${count}`], { encoding: 'utf8' }));
        return [
          rowOf(`a 4 KiB read after ${ms} ms without work`, times),
          rowOf(`a walk through 256 KiB by a program in C, after the same`, walks),
        ];
      }),
      ...LOADS.map(({ name, bytes }) => {
        const times = measured([client, ADDRESS, 'calls', `${bytes}`, `${CALLS}`]);
        return rowOf(`a system call while the controller does ${name}`, times);
      }),
      await restRow(client),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function command(program: readonly string[]): string[] {
  return [UVFIO, 'run', '--memlock', '64M', '--device', DEVICE, '--', ...program];
}

/** The microseconds that a client prints, in ascending order. */
function measured(program: readonly string[]): number[] {
  return sorted(execFileSync(process.execPath, command(program), { encoding: 'utf8' }));
}

function sorted(output: string): number[] {
  const times = output.trim().split('\n').map(Number);
  return times.sort((a, b) => a - b);
}

function rowOf(name: string, times: readonly number[]): Row {
  const at = (part: number): number => times[Math.floor(part * (times.length - 1))] ?? Number.NaN;
  const high = `99 % ${at(0.99).toFixed(0)} µs, longest ${at(1).toFixed(0)} µs`;
  return { name: `${name} (${high})`, ns: at(0.5), unit: 'µs', operations: times.length };
}

/** The processor time of uvfio while its program has the registers mapped, and rests. */
async function restRow(client: string): Promise<Row> {
  const seconds = Math.ceil(REST_SECONDS + SETTLE_MS / 1000 + 1);
  const run = spawn(process.execPath, command([client, ADDRESS, 'rest', `${seconds}`]), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(run.stdout, 'data');
  await sleep(SETTLE_MS);
  const [before, beforeMs] = [processorNs(run.pid), performance.now()];
  await sleep(REST_SECONDS * 1000);
  const used = (processorNs(run.pid) - before) / 1e6 / (performance.now() - beforeMs);
  await once(run, 'close');
  const name = 'a machine with mapped registers on which nothing happens';
  return { name, ns: 100 * used, unit: '% of a processor', operations: 1 };
}

/** Nanoseconds that all threads of a process have run. */
function processorNs(pid: number | undefined): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const ran = tasks.map((task) => readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8'));
  return ran.reduce((sum, text) => sum + Number(text.split(' ')[0]), 0);
}
