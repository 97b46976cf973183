/** The thread that fuzzes one model. */
import { parentPort, workerData } from 'node:worker_threads';
import { deviceModels } from '../../src/devices/index.js';
import type { Order } from './main.js';
import { vocabularies } from './models/index.js';
import { Progress } from './progress.js';
import { Finding, run } from './run.js';

/** One run in so many is made twice: it has to say the same again. */
const REPEATED = 16;

const { order, progress } = workerData as { order: Order; progress: SharedArrayBuffer };
parentPort?.postMessage(fuzz(order, new Progress(progress)));

function fuzz({ name, seed: first, runs, seconds }: Order, ended: Progress) {
  const factory = deviceModels.get(name);
  if (factory === undefined) throw new Error(`there is no model ${name}`);
  const vocabulary = vocabularies[name] ?? {};
  const endMs = performance.now() + seconds * 1000;
  let seed = first;
  try {
    for (let count = 0; count < runs && performance.now() < endMs; count++) {
      seed = (first + count) >>> 0;
      const digest = run(factory, vocabulary, seed);
      const isSame = count % REPEATED !== 0 || run(factory, vocabulary, seed) === digest;
      if (!isSame) return { finding: `seed ${seed}: it says other things the second time`, seed };
      ended.ended();
    }
  } catch (error) {
    if (!(error instanceof Finding)) throw error;
    return { finding: error.message, seed };
  }
  return { seed };
}
