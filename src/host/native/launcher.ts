// Starts a program under a seccomp filter, from a thread of its own. The order of a run:
//   1. Launcher.prepare(filter)  the thread is filtered and waits; `listenerFd` is there
//   2. the caller's serving thread starts to receive on `listenerFd`
//   3. launcher.spawn(program)   the thread's own path calls are notified as well: answer them (CONTINUE)
//   4. await program.exited, then launcher.close(), then the serving thread may stop

import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { BpfProgram } from './bpf.js';
import type {
  LauncherOrder,
  LauncherReport,
  LauncherWorkerData,
  ProgramExit,
  ProgramOptions,
} from './launcher-protocol.js';
import { newHotLine } from './hot-line.js';
import { NativeCallError } from './native-buffer.unsafe.js';
import { assertSupportedPlatform } from './platform.js';
import { type InstalledFilter, wakeSynchronously } from './seccomp.unsafe.js';

/** The program could not be started. `code` is ENOENT, EACCES, …, as from child_process. */
export class SpawnError extends Error {
  override readonly name = 'SpawnError';
  constructor(
    readonly code: string,
    readonly errno: number,
    message: string,
  ) {
    super(message);
  }
}

export interface RunningProgram {
  readonly pid: number;
  readonly exited: Promise<ProgramExit>;
}

interface Settle<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

export class Launcher {
  readonly #worker: Worker;
  readonly #gate: Int32Array;
  readonly #pid = deferred<number>();
  readonly #exit = deferred<ProgramExit>();
  readonly #stopped: Promise<void>;
  #ordered = false;

  private constructor(
    worker: Worker,
    gate: Int32Array,
    /** Belongs to whoever serves it (NotificationListener closes it). */
    readonly filter: InstalledFilter,
    /** The launcher's own thread id: calls with this `tid` are not the program's. */
    readonly tid: number,
    /** For the serving thread's `HotLine`. */
    readonly hotLine: SharedArrayBuffer,
  ) {
    this.#worker = worker;
    this.#gate = gate;
    worker.on('message', (report: LauncherReport) => this.#receive(report));
    this.#stopped = new Promise((resolve) => {
      worker.once('exit', () => {
        this.#fail(new Error('the launcher thread stopped'));
        resolve();
      });
    });
    worker.on('error', (error) => this.#fail(error as Error));
  }

  /**
   * @throws NativeCallError when the kernel refuses the filter (`errno` EBUSY: one with a listener is above us)
   * @throws UnsupportedPlatformError
   */
  static async prepare(filter: BpfProgram): Promise<Launcher> {
    assertSupportedPlatform();
    // libuv starts its thread pool on first use, from the thread that uses it. It must not be the filtered one.
    await stat('/');
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const hotLine = newHotLine();
    const data: LauncherWorkerData = { filter, gate: gate.buffer as SharedArrayBuffer, hotLine };
    const worker = new Worker(new URL('./launcher-worker.js', import.meta.url), {
      workerData: data,
      execArgv: [],
    });
    const report = await firstReport(worker);
    if (report.type !== 'ready') {
      await worker.terminate();
      throw report.type === 'failed'
        ? new NativeCallError(report.call, report.errno)
        : new Error(`the launcher thread reported ${report.type} first`);
    }
    wakeSynchronously(report.listenerFd);
    return new Launcher(worker, gate, report, report.tid, hotLine);
  }

  /**
   * Starts the program; one launcher starts one. Resolves when the exec has succeeded.
   * @throws SpawnError
   */
  async spawn(program: ProgramOptions): Promise<RunningProgram> {
    if (this.#ordered) throw new Error('a launcher starts one program');
    this.#order({ type: 'spawn', program });
    const pid = await this.#pid.promise;
    return { pid, exited: this.#exit.promise };
  }

  /**
   * Ends the thread, whether or not a program was started, and resolves when it is gone. The listener must be
   * served, or closed, until then. A program that still runs keeps running.
   */
  async close(): Promise<void> {
    if (!this.#ordered) this.#order({ type: 'leave' });
    await this.#worker.terminate();
    await this.#stopped;
  }

  #order(order: LauncherOrder): void {
    this.#ordered = true;
    this.#worker.postMessage(order);
    Atomics.store(this.#gate, 0, 1);
    Atomics.notify(this.#gate, 0);
  }

  #receive(report: LauncherReport): void {
    if (report.type === 'spawned') this.#pid.resolve(report.pid);
    else if (report.type === 'exited')
      this.#exit.resolve({ code: report.code, signal: report.signal });
    else if (report.type === 'spawnFailed')
      this.#fail(new SpawnError(report.code, report.errno, report.message));
  }

  #fail(error: Error): void {
    this.#pid.reject(error);
    this.#exit.reject(error);
  }
}

function firstReport(worker: Worker): Promise<LauncherReport> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the launcher thread stopped before it was ready')));
  });
}

function deferred<T>(): Settle<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  promise.catch(() => {}); // nobody may be waiting
  return { promise, resolve, reject };
}
