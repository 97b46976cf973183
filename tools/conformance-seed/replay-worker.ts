// A thread of `parallel.ts`.
import { parentPort, workerData } from 'node:worker_threads';
import { replayAll } from './parallel.js';
import type { TraceFile } from './trace-files.js';

parentPort?.postMessage(await replayAll(workerData as TraceFile[]));
