/**
 * Starts the machine's thread. To load it takes a third of the time until a program runs, so the command does it
 * before it loads anything else; the thread then waits for what to build.
 */
import { Worker } from 'node:worker_threads';
import type { BuildOrder } from './server-protocol.js';

interface MachineThread {
  readonly worker: Worker;
  /** Not 0 once the thread has its order. */
  readonly isOrdered: Int32Array;
}

let prepared: MachineThread | undefined;

/** Starts the thread. Unless it gets an order, it does not keep the process. */
export function prepareMachineThread(): void {
  prepared = startThread();
  prepared.worker.unref();
}

/** The thread that was prepared, or a new one, which builds a machine now. */
export function machineThread(order: BuildOrder): Worker {
  const { worker, isOrdered } = prepared ?? startThread();
  prepared = undefined;
  worker.ref();
  worker.postMessage(order);
  Atomics.store(isOrdered, 0, 1);
  Atomics.notify(isOrdered, 0);
  return worker;
}

function startThread(): MachineThread {
  const isOrdered = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./server-worker.js', import.meta.url), {
    workerData: isOrdered,
    execArgv: [],
    // Descriptors opened by node there are moved into programs and closed by system call.
    trackUnmanagedFds: false,
  });
  return { worker, isOrdered };
}
