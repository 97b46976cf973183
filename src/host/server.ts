/**
 * The loop that serves programs: the machine's own thread. Between calls it runs the machine's timers,
 * looks at mapped device memory, and releases files that were closed.
 */
import type { Kernel } from '../kernel/kernel.js';
import { KernelBug } from '../kernel/log.js';
import { Errno } from '../uapi/errno.js';
import { handlers } from './dispatch.js';
import { Host } from './host.js';
import { NotificationListener } from './native/notification-listener.unsafe.js';
import { Poller } from './native/poller.unsafe.js';
import { ProcessMemory } from './native/process-memory.unsafe.js';
import { compatAuditArch } from './native/x86-64.js';
import { ANSWERED, type Answer, CONTINUE, NativeCall } from './native-call.js';
import type { HighRange } from './native-descriptor-table.unsafe.js';
import type { ReadyListeners } from './native-event-fd.unsafe.js';
import { type NativeProcess, NativeProcesses } from './native-process.js';
import { OpenFiles } from './open-files.unsafe.js';
import { PollPace } from './poll-pace.js';
import type { ScratchDirectory } from './scratch-directory.js';

/** What a server is made of. */
export interface ServerOptions {
  readonly kernel: Kernel;
  readonly listenerFd: number;
  /** Readable when `onWake` is to be called. */
  readonly wakeFd: number;
  readonly scratch: ScratchDirectory;
  readonly range: HighRange;
  /** Called in the loop when woken; returns false to end it. */
  readonly onWake: () => boolean;
  /** Told of a defect in a handler; the call was answered with EIO. */
  readonly onDefect: (error: unknown) => void;
}

export class Server {
  readonly #options: ServerOptions;
  readonly #kernel: Kernel;
  readonly #host: Host;
  readonly #listener: NotificationListener;
  readonly #poller = new Poller();
  readonly #ready: ReadyListeners;
  readonly #call: NativeCall;
  readonly #pace: PollPace;
  readonly #startMs = performance.now();
  readonly #watched = new Map<NativeProcess, number>();
  /** Calls whose answers come later, and machine code that is about to continue. */
  #asleep = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#kernel = options.kernel;
    this.#listener = new NotificationListener(options.listenerFd);
    const openFiles = new OpenFiles(options.scratch.files);
    // The order is a promise of the poller's: a close before a call is seen before the call.
    const listenerSlot = this.#poller.add(options.listenerFd);
    const inotifySlot = this.#poller.add(openFiles.inotifyFd);
    const wakeSlot = this.#poller.add(options.wakeFd);
    this.#ready = { poller: this.#poller, handlers: new Map() };
    const memory = new ProcessMemory();
    const processes = new NativeProcesses(openFiles, {
      memory,
      deviceMemoryPrefix: options.scratch.path,
      range: options.range,
      ready: this.#ready,
    });
    this.#host = new Host({
      kernel: options.kernel,
      scratch: options.scratch,
      openFiles,
      processes,
      memory,
    });
    this.#call = new NativeCall(this.#listener, processes);
    this.#pace = new PollPace(this.#kernel.pollers);
    this.#slots = { listener: listenerSlot, inotify: inotifySlot, wake: wakeSlot };
  }

  readonly #slots: { readonly listener: number; readonly inotify: number; readonly wake: number };

  /** Serves until `onWake` says to end; then everything of the programs is released. */
  async run(): Promise<void> {
    const { listener, inotify, wake } = this.#slots;
    for (;;) {
      this.#poller.wait(this.#timeoutUs());
      if (this.#poller.ready(inotify) !== 0) this.#host.openFiles.releaseClosed();
      if (this.#poller.ready(wake) !== 0 && !this.#options.onWake()) break;
      if ((this.#poller.ready(listener) & 1) !== 0) this.#serveOne();
      if (this.#ready.handlers.size > 0) this.#runReadyHandlers();
      await this.#runMachine();
    }
    this.#host.openFiles.releaseAll();
    await this.#runMachine();
    this.#listener.close();
  }

  #serveOne(): void {
    const listener = this.#listener;
    if (listener.receive() !== 0) return;
    const table = listener.arch === compatAuditArch ? handlers.compat : handlers.native;
    const handler = table[listener.nr];
    if (handler === undefined) {
      listener.continue();
      return;
    }
    let answer: Answer;
    try {
      answer = handler(this.#host, this.#call);
    } catch (error) {
      answer = this.#defect(error);
    }
    if (typeof answer === 'number') {
      if (answer >= 0) listener.respond(answer);
      else listener.respondError(-answer);
    } else if (answer === CONTINUE) listener.continue();
    else if (answer !== ANSWERED) this.#answerLater(answer);
    this.#watchProcesses();
  }

  #answerLater(answer: Promise<number>): void {
    const token = this.#listener.saveId();
    this.#asleep += 1;
    answer
      .catch((error: unknown) => this.#defect(error))
      .then((value) => {
        this.#asleep -= 1;
        if (value >= 0) this.#listener.respond(value, token);
        else this.#listener.respondError(-value, token);
      })
      .catch((error: unknown) => this.#options.onDefect(error));
  }

  #defect(error: unknown): number {
    // A BUG of the machine has been reported through its log; calls fail from then on.
    if (!(error instanceof KernelBug)) this.#options.onDefect(error);
    return -Errno.EIO;
  }

  /** Time, sleepers that can run, device memory; lets continuations run where there are any. */
  async #runMachine(): Promise<void> {
    const { timers, scheduler } = this.#kernel;
    if (timers.nextDeadlineMs < Infinity) {
      const now = performance.now() - this.#startMs;
      while (timers.fireNext(now)) while (scheduler.runOldest()) await settle();
    }
    while (scheduler.runOldest()) await settle();
    if (this.#asleep > 0) await settle();
    this.#pace.poll();
  }

  #timeoutUs(): number {
    const { nextDeadlineMs } = this.#kernel.timers;
    const pollUs = this.#pace.waitUs();
    if (nextDeadlineMs === Infinity) return pollUs;
    const timerUs = Math.max(0, (nextDeadlineMs - (performance.now() - this.#startMs)) * 1000);
    return pollUs < 0 ? timerUs : Math.min(pollUs, timerUs);
  }

  #runReadyHandlers(): void {
    for (const [slot, handler] of [...this.#ready.handlers]) {
      if (this.#poller.ready(slot) !== 0) handler();
    }
  }

  /** Hears of the end of processes that have memory mapped for DMA. */
  #watchProcesses(): void {
    for (const process of this.#host.processes.all) {
      if (process.memory.lockedPages === 0 || this.#watched.has(process) || process.pidfd < 0)
        continue;
      const slot = this.#poller.add(process.pidfd);
      this.#watched.set(process, slot);
      this.#ready.handlers.set(slot, () => {
        this.#ready.handlers.delete(slot);
        this.#poller.remove(slot);
        this.#watched.delete(process);
        this.#host.processes.ended(process);
      });
    }
  }
}

/** Lets everything run that waits for promises already fulfilled. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
