/** A native process as a task of the machine, and the register of all that have made a call. */
import { readLink } from './native/proc-file.unsafe.js';
import type { File } from '../kernel/file.js';
import { NOBODY_CREDENTIALS, Task, type TaskOptions } from '../kernel/task.js';
import { libc } from './native/libc.unsafe.js';
import type { BornEventFds } from './born-event-fds.unsafe.js';
import type { ProcessMemory } from './native/process-memory.unsafe.js';
import { type HighRange, NativeDescriptorTable } from './native-descriptor-table.unsafe.js';
import { NativeMemory } from './native-memory.unsafe.js';
import type { OpenFiles } from './open-files.unsafe.js';
import { readMemlockLimit, readProcStatus } from './proc-status.js';
import type { NativeRecorder } from './recording/native-recorder.js';
import type { ReadySet } from './ready-set.unsafe.js';

/** How often a cached answer about a thread or descriptor is used before the kernel is asked again. */
const TRUST = 256;

export class NativeProcess {
  readonly pid: number;
  readonly task: Task;
  readonly memory: NativeMemory;
  readonly files: NativeDescriptorTable;
  /** The working directory, when it is one that only the machine has. */
  virtualDirectory: string | undefined;
  readonly #stopWatching: () => void;

  /** @param onEnd called when the process has ended */
  constructor(pid: number, comm: string, parts: ProcessParts, onEnd: () => void) {
    this.pid = pid;
    this.memory = new NativeMemory(pid, parts.memory, parts.deviceMemoryPrefix);
    this.files = new NativeDescriptorTable(
      pid,
      parts.range,
      parts.ready,
      parts.bornEventFds,
      (fd) => parts.lookUp(pid, fd),
    );
    const options: TaskOptions = {
      pid,
      comm,
      credentials: () => readProcStatus(pid)?.credentials ?? NOBODY_CREDENTIALS,
      memlockLimit: () => parts.memlockLimit ?? readMemlockLimit(pid),
      memory: this.memory,
      files: this.files,
    };
    this.task = parts.recorder?.task(options) ?? new Task(options);
    this.#stopWatching = watchEnd(pid, parts.ready, onEnd);
  }

  /** The process is gone: what was held on its account here. */
  release(): void {
    this.#stopWatching();
    this.memory.suspect();
    this.memory.release();
  }
}

/** Hears of the end of a process; of one that is gone already, never. */
function watchEnd(pid: number, ready: ReadySet, onEnd: () => void): () => void {
  const pidfd = libc().pidfdOpen(pid, 0);
  if (pidfd < 0) return () => undefined;
  const stop = ready.add(pidfd, onEnd);
  return () => {
    stop();
    libc().close(pidfd);
  };
}

/** What processes are made of. */
export interface ProcessParts {
  readonly memory: ProcessMemory;
  readonly deviceMemoryPrefix: string;
  readonly range: HighRange;
  /** Bytes that may be locked; undefined: what RLIMIT_MEMLOCK says. */
  readonly memlockLimit: number | undefined;
  readonly ready: ReadySet;
  readonly bornEventFds: BornEventFds | undefined;
  /** Records what the machine asks of tasks, when somebody wants to know. */
  readonly recorder: NativeRecorder | undefined;
  readonly lookUp: (tid: number, fd: number) => File | undefined;
}

interface Trusted<T> {
  readonly value: T;
  uses: number;
}

/** Finds the process of a thread and the file of a descriptor, remembering for a while. */
export class NativeProcesses {
  readonly #parts: ProcessParts;
  readonly #openFiles: OpenFiles;
  readonly #byPid = new Map<number, NativeProcess>();
  readonly #byTid = new Map<number, Trusted<NativeProcess>>();
  readonly #fileOf = new Map<number, Trusted<File>>();
  /** By thread: the descriptors it was about to close when it last called. */
  readonly #closing = new Map<number, { readonly first: number; readonly last: number }>();

  constructor(openFiles: OpenFiles, parts: Omit<ProcessParts, 'lookUp'>) {
    this.#openFiles = openFiles;
    this.#parts = { ...parts, lookUp: (tid, fd) => this.fileOf(tid, fd) };
  }

  /** The process that a thread belongs to. */
  processOf(tid: number): NativeProcess {
    const known = this.#byTid.get(tid);
    if (known !== undefined && known.uses++ < TRUST) return known.value;
    return this.#readProcess(tid);
  }

  /**
   * The machine's file behind a descriptor of a thread; undefined when it is someone else's. Only
   * numbers of the high range are remembered: programs replace low ones without our hearing of it.
   */
  fileOf(tid: number, fd: number): File | undefined {
    if (fd < this.#parts.range.base) return this.#readFile(tid, fd);
    const key = tid * 0x10_0000 + fd;
    const known = this.#fileOf.get(key);
    if (known !== undefined && known.uses++ < TRUST) {
      return known.value;
    }
    const file = this.#readFile(tid, fd);
    this.#closing.delete(tid);
    if (file === undefined || this.#isClosing(fd)) this.#fileOf.delete(key);
    else this.#fileOf.set(key, { value: file, uses: 0 });
    return file;
  }

  /** Descriptors have been closed or replaced: what was remembered of them is in doubt. */
  forgetDescriptors(): void {
    this.#fileOf.clear();
  }

  /**
   * A thread goes on to close or replace descriptors from `first` to `last`. The real kernel does so some
   * time later; until the thread's next call, what others find there may not be remembered.
   */
  closing(tid: number, first: number, last: number): void {
    this.#fileOf.clear();
    this.#closing.set(tid, { first, last });
  }

  #isClosing(fd: number): boolean {
    for (const { first, last } of this.#closing.values())
      if (fd >= first && fd <= last) return true;
    return false;
  }

  /** A process is about to replace its program: its descriptors and memory are in doubt. */
  suspect(process: NativeProcess): void {
    process.memory.suspect();
    process.files.forget();
    this.forgetDescriptors();
    this.#byTid.clear();
  }

  #readFile(tid: number, fd: number): File | undefined {
    if (this.#openFiles.size === 0) return undefined;
    const link = readLink(`/proc/${tid}/fd/${fd}`);
    return link === undefined ? undefined : this.#openFiles.findByLink(link)?.file;
  }

  #readProcess(tid: number): NativeProcess {
    const status = readProcStatus(tid);
    const pid = status?.tgid ?? tid;
    let process = this.#byPid.get(pid);
    if (process === undefined || !process.memory.isAlive()) {
      process?.release();
      process = this.#newProcess(pid, status?.comm ?? '');
      process.virtualDirectory = this.#byPid.get(status?.parent ?? 0)?.virtualDirectory;
    }
    this.#byTid.set(tid, { value: process, uses: 0 });
    return process;
  }

  #newProcess(pid: number, comm: string): NativeProcess {
    const process: NativeProcess = new NativeProcess(pid, comm, this.#parts, () => {
      process.release();
      this.#byPid.delete(pid);
      this.#byTid.clear();
      for (const tid of this.#closing.keys()) {
        if (readLink(`/proc/${tid}/cwd`) === undefined) this.#closing.delete(tid);
      }
      this.forgetDescriptors();
    });
    this.#byPid.set(pid, process);
    return process;
  }
}
