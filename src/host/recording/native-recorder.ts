/** Records a session of native programs: the machine's part, and around it the programs' own calls. */
import type { Disk, DiskRequest } from '../../kernel/disk.js';
import type { LogEntry } from '../../kernel/log.js';
import type { Task, TaskOptions } from '../../kernel/task.js';
import type { Machine } from '../../machine.js';
import {
  Recorder,
  recordCalls,
  recordDevices,
  recordedClock,
  recordedDisks,
  recordedTask,
  recordLog,
  recordTurns,
} from '../../recording/index.js';
import type { Host } from '../host.js';
import type { NotificationListener } from '../native/notification-listener.unsafe.js';
import { readLink } from '../native/proc-file.unsafe.js';
import { compatAuditArch, compatSyscalls, syscalls } from '../native/x86-64.js';
import { ANSWERED, type Answer, CONTINUE, type NativeCall } from '../native-call.js';
import { isForeign } from '../native-descriptor-table.unsafe.js';
import { recordFunctions } from './record-functions.js';
import type { RecordStream } from './record-stream.js';

const nativeNames = namesOf(syscalls);
const compatNames = namesOf(compatSyscalls);

/** Calls on descriptors that the machine itself is not asked about. */
const DESCRIPTOR_CALLS: ReadonlySet<string> = new Set(['close', 'dup', 'dup2', 'dup3', 'fcntl']);

/** How many arguments calls have; others could have all six. */
const ARGUMENT_COUNTS: Readonly<Record<string, number>> = {
  ioctl: 3,
  read: 3,
  write: 3,
  pread64: 4,
  pwrite64: 4,
  close: 1,
  open: 3,
  openat: 4,
  readlink: 3,
};

/** Answers that are none of a number: the real kernel has run the call, or the answer came later. */
const ELSEWHERE = -2;

type OpenDisk = (request: DiskRequest & { readonly file: string }) => Disk;

export class NativeRecorder {
  readonly stream: RecordStream;
  readonly #recorder: Recorder;
  readonly #startMs = performance.now();

  constructor(stream: RecordStream, isFull: boolean) {
    this.stream = stream;
    this.#recorder = new Recorder({ sink: stream.sink, isFull });
  }

  /** Records what happens in a machine from now on. */
  attach({ kernel, pci }: Machine): void {
    recordFunctions(this.#recorder, pci, kernel.diagnostics);
    // What no call causes has the time of the last one; these are told apart by how long they took.
    if (!this.#recorder.isFull) {
      kernel.diagnostics.session.subscribe(() => this.#recorder.write('clock', { us: this.#us }));
    }
    recordCalls(this.#recorder, kernel.diagnostics);
    recordDevices(this.#recorder, kernel.diagnostics);
    if (this.#recorder.isFull) recordTurns(this.#recorder, kernel);
  }

  log(entry: LogEntry): void {
    recordLog(this.#recorder, entry);
  }

  clock(nowMs: () => number): () => number {
    return this.#recorder.isFull ? recordedClock(this.#recorder, nowMs) : nowMs;
  }

  disks(open: OpenDisk): OpenDisk {
    return this.#recorder.isFull ? recordedDisks(this.#recorder, open) : open;
  }

  task(options: TaskOptions): Task {
    return recordedTask(this.#recorder, options, {
      isForeign,
      isClosed: (fd) => isClosed(options.pid, fd),
    });
  }

  /** A call is about to be handled. */
  begin(host: Host, call: NativeCall, listener: NotificationListener): void {
    const us = this.#us;
    host.path = undefined;
    call.givenFd = undefined;
    const name = nameOf(listener);
    const write = (): void => {
      const count = ARGUMENT_COUNTS[name] ?? 6;
      const argument = (index: number): number => (index < count ? call.argument(index) : 0);
      this.#recorder.write('begin', {
        task: this.#recorder.task(call.process.task),
        tid: call.tid,
        us,
        name,
        a0: argument(0),
        a1: argument(1),
        a2: argument(2),
        a3: argument(3),
        a4: argument(4),
        a5: argument(5),
      });
    };
    if (isOfDescriptor(host, call, name)) write();
    else this.#recorder.beginLazily(write);
  }

  /** It has been handled. */
  end(host: Host, call: NativeCall, answer: Answer): void {
    const { tid, givenFd } = call;
    if (host.path !== undefined && answer !== CONTINUE) {
      this.#recorder.write('path', { path: host.path });
    }
    if (this.#recorder.endLazily()) {
      if (typeof answer === 'object') {
        void answer.then((result) => this.#end(tid, result, -1));
      } else if (answer === ANSWERED) this.#end(tid, givenFd ?? 0, givenFd ?? -1);
      else this.#end(tid, answer === CONTINUE ? 0 : answer, answer === CONTINUE ? ELSEWHERE : -1);
    }
    this.stream.step();
  }

  #end(tid: number, result: number, fd: number): void {
    this.#recorder.write('end', { tid, us: this.#us, result, fd });
  }

  /** Microseconds since the recording began. */
  get #us(): number {
    return Math.round((performance.now() - this.#startMs) * 1000);
  }
}

/** Whether a process that goes on has closed a descriptor. One that ends has lost its program first. */
function isClosed(pid: number, fd: number): boolean {
  const isOpen = readLink(`/proc/${pid}/fd/${fd}`) !== undefined;
  return !isOpen && readLink(`/proc/${pid}/exe`) !== undefined;
}

/** Whether a call concerns descriptors of the machine though the machine is not asked about it. */
function isOfDescriptor(host: Host, call: NativeCall, name: string): boolean {
  if (name === 'close_range') return true;
  return DESCRIPTOR_CALLS.has(name) && host.fileOf(call.tid, call.int(0)) !== undefined;
}

function nameOf(listener: NotificationListener): string {
  const names = listener.arch === compatAuditArch ? compatNames : nativeNames;
  return names.get(listener.nr) ?? `syscall ${listener.nr}`;
}

function namesOf(numbers: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(numbers).map(([name, number]) => [number, name]));
}
