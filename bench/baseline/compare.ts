// Runs client.c under responder.c and under the TypeScript loop, in turns, and prints the nanoseconds a call and
// the ratios. usage: node compare.js [rounds] [calls]

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  architecture,
  BpfAssembler,
  type BpfProgram,
  Launcher,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_USER_NOTIF,
  seccompData,
} from '../../src/host/native/index.js';
import { scratchFolder } from '../scratch-folder.js';
import type { ResponderOptions, Variant } from './responder-worker.js';

interface Timing {
  readonly ioctl: number;
  readonly pread: number;
  readonly openClose: number;
}

const sources = process.env['UVFIO_BASELINE'] ?? 'bench/baseline';
const directory = scratchFolder();
const rounds = Number(process.argv[2] ?? 5);
const calls = Number(process.argv[3] ?? 50_000);
await main();

async function main(): Promise<void> {
  const responder = build('responder');
  const client = build('client');
  for (let round = 0; round < rounds; round++) {
    const inC = JSON.parse(
      execFileSync(responder, ['--', client, '-n', `${calls}`], { encoding: 'utf8' }),
    ) as Timing;
    print('c', inC, inC);
    const withPoll = JSON.parse(
      execFileSync(responder, ['-P', '--', client, '-n', `${calls}`], { encoding: 'utf8' }),
    ) as Timing;
    print('c poll', withPoll, inC);
    for (const variant of (process.env['UVFIO_VARIANTS']?.split(',') ?? [
      'poll',
      'drain',
      'direct',
    ]) as Variant[]) {
      print(`ts ${variant}`, await measure(client, variant, -1), inC);
    }
    const pinned = JSON.parse(
      execFileSync(responder, ['-c', '1', '--', client, '-n', `${calls}`], { encoding: 'utf8' }),
    ) as Timing;
    print('c pinned', pinned, pinned);
    print(
      'ts poll pinned',
      await measure('/usr/bin/taskset', 'poll', 1, ['-c', '1', client]),
      pinned,
    );
  }
}

function build(name: string): string {
  const program = join(directory, name);
  execFileSync('cc', ['-O2', '-o', program, join(sources, `${name}.c`)]);
  return program;
}

function print(name: string, timing: Timing, baseline: Timing): void {
  const cell = (key: keyof Timing): string =>
    `${key} ${timing[key].toFixed(0)} ns (${(timing[key] / baseline[key]).toFixed(2)}×)`;
  console.log(`${name.padEnd(15)} ${cell('ioctl')}  ${cell('pread')}  ${cell('openClose')}`);
}

async function measure(
  file: string,
  variant: Variant,
  cpu: number,
  args: string[] = [],
): Promise<Timing> {
  const launcher = await Launcher.prepare(benchFilter());
  const { listenerFd } = launcher.filter;
  const workerData: ResponderOptions = { listenerFd, variant, cpu };
  const server = new Worker(new URL('./responder-worker.js', import.meta.url), { workerData });
  await new Promise((resolve) => server.once('message', resolve));
  const output = join(directory, 'output');
  const command = `exec ${[file, ...args].join(' ')} -n ${calls} > ${output}`;
  const { exited } = await launcher.spawn({
    file: '/bin/sh',
    args: ['-c', command],
    env: process.env,
  });
  await exited;
  await launcher.close();
  await new Promise((resolve) => server.once('exit', resolve));
  return JSON.parse(readFileSync(output, 'utf8')) as Timing;
}

/** As install_filter() of responder.c. */
function benchFilter(): BpfProgram {
  const { syscalls } = architecture;
  return new BpfAssembler()
    .load(seccompData.nr)
    .jumpIf('eq', syscalls.openat, 'notify')
    .jumpIf('eq', syscalls.ioctl, 'ioctl')
    .jumpUnless('eq', syscalls.pread64, 'allow')
    .load(seccompData.argumentLow(0))
    .jumpIf('ge', 900, 'notify', 'allow')
    .label('ioctl')
    .load(seccompData.argumentLow(1))
    .and(0xff00)
    .jumpIf('eq', 0x3b00, 'notify')
    .label('allow')
    .return(SECCOMP_RET_ALLOW)
    .label('notify')
    .return(SECCOMP_RET_USER_NOTIF)
    .assemble();
}
