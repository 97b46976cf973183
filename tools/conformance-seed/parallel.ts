// Replays traces in several threads, each taking every n-th.
import { Worker } from 'node:worker_threads';
import { replayFile } from './replay.js';
import type { TraceFile } from './trace-files.js';

/** Complaints about the traces that failed, in the order of the traces. */
export async function replayInParallel(
  traces: readonly TraceFile[],
  jobs: number,
): Promise<string[]> {
  const shares = Array.from({ length: jobs }, (_, job) =>
    traces.filter((_trace, index) => index % jobs === job),
  );
  const results = await Promise.all(jobs === 1 ? shares.map(replayAll) : shares.map(inThread));
  const complaints: string[] = [];
  for (let index = 0; index < traces.length; index++) {
    const complaint = results[index % jobs]?.[Math.floor(index / jobs)];
    if (complaint) complaints.push(complaint);
  }
  return complaints;
}

/** One complaint for each trace; empty when it passed. */
export async function replayAll(traces: readonly TraceFile[]): Promise<string[]> {
  const complaints: string[] = [];
  for (const { name, text } of traces) complaints.push((await replayFile(name, text)) ?? '');
  return complaints;
}

function inThread(traces: readonly TraceFile[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./replay-worker.js', import.meta.url), {
      workerData: traces,
    });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
