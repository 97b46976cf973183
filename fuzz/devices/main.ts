// fuzz:devices [--seconds N] [--seed N] [--runs N] [MODELS…]
//
// Does what nobody should to device models, in runs that a seed decides. A run that finds something ends
// the fuzzing and says how to see it again: `--seed N --runs 1 MODEL`.
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { deviceModels } from '../../src/devices/index.js';
import { Progress } from './progress.js';

/** A run takes milliseconds; one that takes this long hangs. */
const HANG_MS = 20_000;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      runs: { type: 'string', default: 'Infinity' },
    },
    allowPositionals: true,
  });
  const names = positionals.length > 0 ? positionals : [...deviceModels.keys()];
  const numbers = [values.seconds, values.seed, values.runs].map(Number);
  const [seconds = 0, seed = 0, runs = 0] = numbers;
  const unknown = names.find((name) => !deviceModels.has(name));
  if (unknown !== undefined || numbers.some((number) => !(number >= 0))) {
    const known = [...deviceModels.keys()].join(', ');
    console.error(
      unknown === undefined
        ? 'fuzz:devices: --seconds, --seed and --runs are numbers'
        : `fuzz:devices: no model ${unknown}; there are: ${known}`,
    );
    return 2;
  }
  for (const name of names) {
    if (!(await fuzz({ name, seed, runs, seconds: seconds / names.length }))) return 1;
  }
  return 0;
}

/** What one model is to be put through. */
export interface Order {
  readonly name: string;
  readonly seed: number;
  readonly runs: number;
  readonly seconds: number;
}

/** Fuzzes one model, in a thread that can be ended when it hangs. Whether nothing was found. */
async function fuzz(order: Order): Promise<boolean> {
  const progress = new Progress();
  const worker = new Worker(new URL('worker.js', import.meta.url), {
    workerData: { order, progress: progress.memory },
  });
  const again = (seed: number): string =>
    `again: npm run fuzz:devices -- --seed ${seed} --runs 1 ${order.name}`;
  return await new Promise((resolve, reject) => {
    let known = progress.runs;
    const watch = setInterval(() => {
      if (progress.runs === known) {
        const seed = (order.seed + known) >>> 0;
        console.error(`${order.name}: a run hangs\n${again(seed)}`);
        void worker.terminate();
        resolve(false);
      }
      known = progress.runs;
    }, HANG_MS);
    worker.on('message', ({ finding, seed }: { finding?: string; seed: number }) => {
      if (finding === undefined) console.log(`${order.name}: ${progress.runs} runs, nothing found`);
      else console.error(`${order.name}: ${finding}\n${again(seed)}`);
      resolve(finding === undefined);
    });
    worker.on('error', reject);
    worker.on('exit', () => clearInterval(watch));
  });
}
