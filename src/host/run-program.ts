/** Runs a program against a machine: the main thread's part. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import type { FaultReport } from '../machine/faults/faults.js';
import type { ControlEvent } from '../machine/control/controller.js';
import { ControlError } from './control/control-protocol.js';
import type { MachineChoice } from '../config/load-machine.js';
import { buildFilter } from './filter.js';
import { hasEnoughDescriptors, LEAST_DESCRIPTORS } from './enough-descriptors.js';
import { EventFd } from './native/event-fd.unsafe.js';
import { Launcher } from './native/launcher.js';
import type { ProgramExit } from './native/launcher-protocol.js';
import { libc } from './native/libc.unsafe.js';
import { descriptorLimit } from './native/resource-limit.unsafe.js';
import { syscalls } from './native/x86-64.js';
import type { HighRange } from './native-descriptor-table.unsafe.js';
import { type About, ControlServer } from './control/control-server.js';
import { canCopyDescriptors } from './born-event-fds.unsafe.js';
import { becomeSubreaper, endDescendants, endDescendantsAtOnce } from './descendants.js';
import type { Owner } from '../kernel/tree.js';
import { newBacklog, taken } from './recording/record-stream.js';
import { ScratchDirectory } from './scratch-directory.js';
import { machineThread } from './machine-thread.js';
import type { BuildOrder, ControlOutcome, ServerOrder, ServerReport } from './server-protocol.js';

/** What to run. */
export interface RunOptions {
  readonly machine: MachineChoice;
  readonly file: string;
  readonly args: readonly string[];
  /** The lowest descriptor number that the machine's files get in programs. Default: 512. */
  readonly firstDescriptor?: number;
  /** Bytes that programs may lock for DMA. Default: what their RLIMIT_MEMLOCK says. */
  readonly memlockLimit?: number;
  /**
   * Called at once with what is to be called whenever somebody wants an end: a machine that does not answer then,
   * or that is not there in time, is given up.
   */
  readonly onAsked?: (mind: () => void) => void;
  /** Called when the program has started; signals can be sent to it from then on. */
  readonly onStart?: (pid: number) => void;
  /** Called when processes that the program has left running were ended. */
  readonly onLeftRunning?: () => void;
  /** Hears of faults on purpose: those set at the start, and what came of all at the end. */
  readonly onFaults?: (when: 'start' | 'end', report: FaultReport) => void;
  /** Reports of the machine's kernel. */
  readonly onLog?: (level: string, text: string) => void;
  /** Records of the session are wanted. */
  readonly recording?: RecordingOptions;
}

/** How a session is recorded. */
export interface RecordingOptions {
  /** Whether all that a replay needs is recorded; else what people look at. */
  readonly isFull: boolean;
  /** The owner of the machine, as whom it is made. */
  readonly onOwner?: (owner: Owner) => void;
  /** Records, in order: bytes for one `ByteReader`. */
  readonly onRecords: (batch: Uint8Array) => void;
}

/** The machine can't be built as described, or does not answer; the message says what to change. */
export class MachineError extends Error {
  override readonly name = 'MachineError';
}

/** What answers within a millisecond is given this long when somebody wants an end. */
const SILENCE_MS = 3000;

/** What is said of a machine that was given up: one that is not there yet, or one that was. */
const GIVEN_UP = {
  building:
    'the machine does not get ready: a file that describes it, or a model of yours, did not come to an end',
  serving: 'the machine does not answer: a device model of yours did not return from an access',
};

/** Programs get this many descriptors when they may; some loop over all there could be. */
const DESCRIPTORS = 4096;
/**
 * Where those of uvfio's files begin: above what most programs have open themselves, so that calls on
 * theirs are not asked about, and low enough for select(2), which takes 1024.
 */
const FIRST_DESCRIPTOR = 512;

/**
 * Runs a program to its end and releases everything it held.
 * @throws SpawnError, MachineError, NativeCallError, UnsupportedPlatformError
 */
export async function runProgram(options: RunOptions): Promise<ProgramExit> {
  if (!hasEnoughDescriptors()) {
    throw new MachineError(
      `RLIMIT_NOFILE is less than the ${LEAST_DESCRIPTORS} descriptors that uvfio itself needs: ulimit -Hn 4096`,
    );
  }
  const range = highRange(options.firstDescriptor ?? FIRST_DESCRIPTOR);
  const scratch = ScratchDirectory.create();
  const wake = EventFd.create();
  const makesEventFds = !canCopyDescriptors();
  becomeSubreaper();
  const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const { recording } = options;
  recording?.onOwner?.(owner);
  const server = new ServerThread(
    {
      machine: options.machine,
      owner,
      recording: recording && { isFull: recording.isFull, backlog: newBacklog() },
      wakeFd: wake.fd,
      scratchPath: scratch.path,
      makesEventFds,
      range,
      memlockLimit: options.memlockLimit,
    },
    wake,
    options,
  );
  const silence = new Promise<never>((_, reject) => {
    options.onAsked?.(() => void server.giveUpIfSilent().catch(reject));
  });
  let launcher: Launcher | undefined;
  let control: ControlServer | undefined;
  try {
    [launcher] = await bothOrNeither(
      Launcher.prepare(buildFilter(range.base, makesEventFds)),
      Promise.race([server.built, silence]),
    );
    server.serve(launcher);
    const program = await launcher.spawn({
      file: options.file,
      args: options.args,
      env: process.env,
      softDescriptorLimit: range.limit,
    });
    if (recording !== undefined) stepBack();
    options.onStart?.(program.pid);
    control = await ControlServer.listen(scratch.control, aboutRun(options), (...request) =>
      server.request(...request),
    );
    const exit = await Promise.race([program.exited, silence]);
    if ((await endDescendants()) > 0) options.onLeftRunning?.();
    return exit;
  } finally {
    await launcher?.close();
    await server.end();
    control?.close();
    wake.close();
    scratch.remove();
  }
}

const PRIO_PROCESS = 0;
const NICE = 10;

/**
 * Whatever is made of the records, the program and the machine come first: this thread alone gets less of
 * the processor from now on where it is short.
 */
function stepBack(): void {
  libc().syscall(syscalls.setpriority, PRIO_PROCESS, 0, NICE);
}

/** What is said of a run to those who look for it. */
function aboutRun({ file, args }: RunOptions): About {
  return { pid: process.pid, command: [file, ...args], started: new Date().toISOString() };
}

/** Both results; when one fails, the other is waited for and ended before the failure is passed on. */
async function bothOrNeither<T>(
  launcher: Promise<Launcher>,
  other: Promise<T>,
): Promise<[Launcher, T]> {
  const [prepared, result] = await Promise.allSettled([launcher, other]);
  if (prepared.status === 'rejected') throw prepared.reason;
  if (result.status === 'rejected') {
    await prepared.value.close();
    libc().close(prepared.value.filter.listenerFd);
    throw result.reason;
  }
  return [prepared.value, result.value];
}

function highRange(first: number): HighRange {
  const limit = Math.min(DESCRIPTORS, descriptorLimit().hard);
  return { base: Math.min(first, limit >> 1), limit };
}

/** The machine's thread, seen from the main one. */
class ServerThread {
  /** Resolves when the machine is there; rejects with MachineError. */
  readonly built: Promise<void>;
  readonly #worker: Worker;
  readonly #wake: EventFd;
  readonly #ended: Promise<void>;
  /** By key: who waits for what becomes of a request. */
  readonly #requests = new Map<number, (outcome: ControlOutcome) => void>();
  #nextKey = 1;
  #stage: 'building' | 'serving' | 'over' = 'building';

  constructor(order: BuildOrder, wake: EventFd, options: RunOptions) {
    const { onLog, onFaults, recording } = options;
    this.#wake = wake;
    this.#worker = machineThread(order);
    this.built = new Promise((resolve, reject) => {
      this.#worker.on('message', (report: ServerReport) => {
        if (report.type === 'built') resolve();
        else if (report.type === 'failed') reject(new MachineError(report.message));
        else if (report.type === 'records') {
          recording?.onRecords(report.batch);
          if (order.recording !== undefined) taken(order.recording.backlog, report.batch.length);
        } else if (report.type === 'log') onLog?.(report.level, report.text);
        else if (report.type === 'faults') onFaults?.(report.when, report.report);
        else if (report.type === 'control') this.#requests.get(report.key)?.(report.outcome);
        else if (report.type === 'defect') onLog?.('defect', report.message);
      });
      this.#worker.once('error', reject);
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.once('exit', () => resolve());
    });
  }

  /** Starts serving the calls that a listener reports. The thread closes the listener at its end. */
  serve({ filter, tid, hotLine }: Launcher): void {
    this.#stage = 'serving';
    this.#worker.postMessage({
      type: 'serve',
      listenerFd: filter.listenerFd,
      launcherTid: tid,
      hotLine,
    } satisfies ServerOrder);
  }

  /** Asks something of the machine; `emit` hears of what happens until the answer is there. */
  request(method: unknown, params: unknown, emit: (event: ControlEvent) => void): Promise<unknown> {
    const key = this.#nextKey++;
    return new Promise((resolve, reject) => {
      this.#requests.set(key, (outcome) => {
        if ('event' in outcome) {
          emit(outcome.event);
          return;
        }
        this.#requests.delete(key);
        if ('result' in outcome) resolve(outcome.result);
        else reject(new ControlError(outcome.error.code, outcome.error.message));
      });
      this.#worker.postMessage({ type: 'control', key, method, params } satisfies ServerOrder);
      this.#wake.signal();
    });
  }

  /**
   * Waits for a sign of life. Without one the thread is ended as it is, and so are the programs, which
   * wait for it.
   * @throws MachineError
   */
  async giveUpIfSilent(): Promise<void> {
    const stage = this.#stage;
    if (stage === 'over') return;
    const sign = stage === 'serving' ? this.request('topology', {}, () => undefined) : this.built;
    const answer = sign.then(
      () => true,
      () => true,
    );
    if (await Promise.race([answer, sleep(SILENCE_MS, false, { ref: false })])) return;
    this.#stage = 'over';
    await this.#worker.terminate();
    endDescendantsAtOnce();
    throw new MachineError(GIVEN_UP[stage]);
  }

  /** Ends the thread when it has released everything. @throws MachineError when it does not answer */
  async end(): Promise<void> {
    if (this.#stage === 'serving') await this.giveUpIfSilent();
    this.#stage = 'over';
    this.#worker.postMessage({ type: 'end' } satisfies ServerOrder);
    this.#wake.signal();
    await this.#ended;
  }
}
