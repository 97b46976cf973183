/**
 * The loop that serves programs: the machine's own thread. Between calls it runs the machine's timers,
 * looks at mapped device memory, and releases files that were closed.
 */
import type { Kernel } from '../kernel/kernel.js';
import { KernelBug } from '../kernel/log.js';
import { SystemCalls } from '../kernel/system-calls.js';
import type { OpenFileHolder } from '../machine/control/topology.js';
import { Errno } from '../uapi/errno.js';
import { S_IFMT } from '../uapi/file.js';
import { VFIO_GET_API_VERSION } from '../uapi/vfio.js';
import { BornEventFds } from './born-event-fds.unsafe.js';
import { handlers } from './dispatch.js';
import { HandOver } from './hand-over.js';
import { Host } from './host.js';
import { MachineWork } from './machine-work.js';
import { openFileHolders } from './open-file-holders.js';
import type { HotLine } from './native/hot-line.js';
import { POLLIN } from './native/linux-constants.js';
import { NotificationListener } from './native/notification-listener.unsafe.js';
import { Poller } from './native/poller.unsafe.js';
import { ProcessMemory } from './native/process-memory.unsafe.js';
import { compatAuditArch, syscalls } from './native/x86-64.js';
import { ANSWERED, type Answer, CONTINUE, NativeCall } from './native-call.js';
import type { HighRange } from './native-descriptor-table.unsafe.js';
import { NativeProcesses } from './native-process.js';
import { OpenFiles } from './open-files.unsafe.js';
import type { NativeRecorder } from './recording/native-recorder.js';
import { ReadySet } from './ready-set.unsafe.js';
import type { OutsideWorld } from './networks/outside-world.js';
import type { ScratchDirectory } from './scratch-directory.js';

/** So many calls in a row that depend on nothing else are taken as the beginning of many more. */
const HOT_STREAK = 64;
/** After so many, what else there is to hear (a request from outside) is looked at. */
const DIRECT_CALLS = 8192;

/** What a server is made of. */
export interface ServerOptions {
  readonly kernel: Kernel;
  readonly listenerFd: number;
  /** The launcher's own thread, whose calls on nothing bring the loop back to polling. */
  readonly launcherTid: number;
  readonly hotLine: HotLine;
  /** Readable when `onWake` is to be called. */
  readonly wakeFd: number;
  readonly scratch: ScratchDirectory;
  readonly range: HighRange;
  /** Whether the filter reports the making of eventfds. */
  readonly makesEventFds: boolean;
  /** What the machine's networks reach beyond it. */
  readonly outside: OutsideWorld;
  /** Bytes that programs may lock; undefined: what their RLIMIT_MEMLOCK says. */
  readonly memlockLimit: number | undefined;
  /** Records the session, when somebody wants it. */
  readonly recorder: NativeRecorder | undefined;
  /** Called in the loop when woken; returns false to end it. */
  readonly onWake: () => boolean;
  /** Told of a defect in a handler; the call was answered with EIO. */
  readonly onDefect: (error: unknown) => void;
}

export class Server {
  readonly #options: ServerOptions;
  readonly #kernel: Kernel;
  readonly #recorder: NativeRecorder | undefined;
  readonly #host: Host;
  readonly #listener: NotificationListener;
  readonly #poller = new Poller();
  readonly #ready = new ReadySet();
  readonly #call: NativeCall;
  readonly #handOver: HandOver;
  readonly #work: MachineWork;
  readonly #listenerSlot: number;
  readonly #readySlot: number;
  #isEnding = false;
  /** Calls in a row that depend on no release. */
  #streak = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#kernel = options.kernel;
    this.#recorder = options.recorder;
    this.#listener = new NotificationListener(options.listenerFd);
    this.#handOver = new HandOver(options.listenerFd);
    const calls = new SystemCalls(options.kernel);
    const openFiles = new OpenFiles(options.scratch.files, (file) => calls.close(file));
    // The order is a promise of the poller's: a close before a call is seen before the call.
    this.#listenerSlot = this.#poller.add(options.listenerFd);
    this.#readySlot = this.#poller.add(this.#ready.fd);
    this.#ready.add(openFiles.inotifyFd, () => {
      openFiles.releaseClosed();
      // Another thread may have asked for the number just before it was closed, and been remembered.
      processes.forgetDescriptors();
    });
    this.#ready.add(options.wakeFd, () => {
      this.#isEnding = !options.onWake();
    });
    options.outside.serve(this.#ready);
    const memory = new ProcessMemory();
    const bornEventFds = options.makesEventFds ? new BornEventFds() : undefined;
    const processes = new NativeProcesses(openFiles, {
      memory,
      deviceMemoryPrefix: options.scratch.path,
      range: options.range,
      memlockLimit: options.memlockLimit,
      ready: this.#ready,
      bornEventFds,
      recorder: options.recorder,
    });
    this.#host = new Host({
      kernel: options.kernel,
      calls,
      scratch: options.scratch,
      openFiles,
      processes,
      memory,
      bornEventFds,
    });
    this.#work = new MachineWork(options.kernel, options.recorder, options.onDefect);
    this.#call = new NativeCall(this.#listener, processes);
  }

  /** Serves until `onWake` says to end; then everything of the programs is released. */
  async run(): Promise<void> {
    while (!this.#isEnding) {
      if (this.#streak >= HOT_STREAK) this.#serveDirectly();
      const timeoutUs = this.#work.timeoutUs();
      this.#handOver.choose(timeoutUs !== 0);
      this.#poller.wait(this.#recorder?.beforeWait(timeoutUs) ?? timeoutUs);
      if (this.#poller.ready(this.#readySlot) !== 0) this.#ready.run();
      // Whom a release has woken comes before the next call, as it would before its process is waited for.
      if (this.#kernel.scheduler.hasRunnable) await this.#work.continue();
      if ((this.#poller.ready(this.#listenerSlot) & POLLIN) !== 0) this.#serveOne();
      this.#work.poll();
      if (this.#work.isWaiting()) await this.#work.continue();
    }
    this.#host.openFiles.releaseAll();
    await this.#work.continue();
    this.#recorder?.stream.flush();
    this.#listener.close();
    this.#host.bornEventFds?.close();
    this.#ready.close();
  }

  /** Lets the loop go on with something that is not a call until it has come to its end. */
  track(work: Promise<void>): void {
    this.#work.track(work);
  }

  /** What programs have open of the machine. */
  openFileHolders(): OpenFileHolder[] {
    return openFileHolders(this.#host.openFiles);
  }

  /**
   * While calls that depend on nothing else come one after another: waits for them alone, which saves
   * a system call each. Everything else waits until another call comes or the launcher kicks.
   */
  #serveDirectly(): void {
    const { hotLine, launcherTid } = this.#options;
    hotLine.enter();
    for (let served = 0; served < DIRECT_CALLS && this.#streak >= HOT_STREAK; served++) {
      if (!this.#mayWaitAlone()) break;
      if (this.#listener.receive() !== 0) break;
      hotLine.beat();
      // What was closed before a call that may ask for it is released before the call.
      if (this.#dependsOnReleases()) this.#ready.run();
      const isKick = this.#listener.tid === launcherTid;
      this.#answerOne();
      if (isKick) break;
    }
    this.#streak = 0;
    hotLine.leave();
  }

  /** Whether nothing has to happen before another call or kick. */
  #mayWaitAlone(): boolean {
    return (
      !this.#options.hotLine.isOver &&
      !this.#ready.isUrgent &&
      this.#kernel.pollers.size === 0 &&
      !this.#work.isWaiting()
    );
  }

  /** Whether the current call's answer may depend on a file that was closed and not released yet. */
  #dependsOnReleases(): boolean {
    const listener = this.#listener;
    if (listener.arch === compatAuditArch) return true;
    const { nr } = listener;
    if (nr === syscalls.pread64 || nr === syscalls.pwrite64) return false;
    if (nr !== syscalls.ioctl) return true;
    if (listener.argumentUint(1) === VFIO_GET_API_VERSION) return false;
    const file = this.#host.fileOf(listener.tid, listener.argumentInt(0));
    return file === undefined || (file.inode.mode & S_IFMT) !== 0;
  }

  #serveOne(): void {
    if (this.#listener.receive() === 0) this.#answerOne();
  }

  #answerOne(): void {
    const listener = this.#listener;
    this.#streak = this.#dependsOnReleases() ? 0 : this.#streak + 1;
    const table = listener.arch === compatAuditArch ? handlers.compat : handlers.native;
    const handler = table[listener.nr];
    if (handler === undefined) {
      listener.continue();
      return;
    }
    this.#recorder?.begin(this.#host, this.#call, listener);
    let answer: Answer;
    try {
      answer = handler(this.#host, this.#call);
    } catch (error) {
      answer = this.#defect(error);
    }
    this.#recorder?.end(this.#host, this.#call, answer);
    this.#handOver.choose(this.#work.timeoutUs() !== 0);
    if (typeof answer === 'number') {
      if (answer >= 0) listener.respond(answer);
      else listener.respondError(-answer);
    } else if (answer === CONTINUE) listener.continue();
    else if (answer !== ANSWERED) this.#answerLater(answer);
  }

  #answerLater(answer: Promise<number>): void {
    const token = this.#listener.saveId();
    const answered = answer
      .catch((error: unknown) => this.#defect(error))
      .then((value) => {
        if (value >= 0) this.#listener.respond(value, token);
        else this.#listener.respondError(-value, token);
      });
    this.#work.track(answered);
  }

  #defect(error: unknown): number {
    // A BUG of the machine has been reported through its log; calls fail from then on.
    if (!(error instanceof KernelBug)) this.#options.onDefect(error);
    return -Errno.EIO;
  }
}
