// fuzz:host [--seed N] [--calls N] [--bits 32|64] [--program FILE]
//
// Random system calls under `uvfio run`, as README.md says. Prints what uvfio holds as it goes; ends with
// `ok` or a line for each problem, and status 1.

import { parseArgs } from 'node:util';
import type { HostState } from './host-state.js';
import { runFuzzer } from './run-fuzzer.js';

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: `${process.pid}` },
      calls: { type: 'string', default: '1000000' },
      bits: { type: 'string', default: '64' },
      program: { type: 'string' },
    },
  });
  const [seed, calls] = [Number(values.seed), Number(values.calls)];
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(calls) || seed < 0 || calls < 1) {
    console.error('fuzz:host: --seed and --calls are whole numbers');
    return 2;
  }
  console.log(`seed ${seed}, ${calls} calls of ${values.bits}-bit programs`);
  const report = await runFuzzer({
    seed,
    calls,
    pause: Math.max(1, Math.floor(calls / 30)),
    bits: values.bits === '32' ? 32 : 64,
    ...(values.program === undefined ? {} : { program: values.program }),
    onState: print,
  });
  console.log(report.summary);
  for (const problem of report.problems) console.log(problem);
  if (report.problems.length > 0) return 1;
  console.log('ok');
  return 0;
}

function print({ calls, residentKib, descriptors }: HostState): void {
  const mib = (residentKib / 1024).toFixed(1);
  console.log(`${`${calls}`.padStart(9)} calls: ${mib} MiB, ${descriptors} descriptors`);
}
