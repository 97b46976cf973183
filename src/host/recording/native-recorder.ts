/** Records a session of native programs: the machine's part, and around it the programs' own calls. */
import type { MachineChoice } from '../../config/load-machine.js';
import type { Disk, DiskRequest } from '../../kernel/disk.js';
import type { LogEntry } from '../../kernel/log.js';
import type { Task, TaskOptions } from '../../kernel/task.js';
import type { Owner } from '../../kernel/tree.js';
import type { MemoryObject } from '../../kernel/memory-object.js';
import { recordMachine } from '../../machine/record-machine.js';
import type { Machine } from '../../machine.js';
import type { NetworkSurroundings } from '../../net/surroundings.js';
import {
  Recorder,
  recordedClock,
  recordedDisks,
  recordedSurroundings,
  recordedTask,
  recordLog,
  recordLooks,
} from '../../recording/index.js';
import { watchEventFd } from '../event-fd-ids.js';
import type { Host } from '../host.js';
import type { NotificationListener } from '../native/notification-listener.unsafe.js';
import { compatAuditArch, compatSyscalls, syscalls } from '../native/x86-64.js';
import { ANSWERED, type Answer, CONTINUE, type NativeCall } from '../native-call.js';
import { isForeign } from '../native-descriptor-table.unsafe.js';
import type { DeviceMemory } from '../device-memory.unsafe.js';
import type { RecordStream } from './record-stream.js';

/** The global of this name is looked up anew each time it is used. */
const clock = performance;

/** Calls on descriptors that the machine itself is not asked about. */
const DESCRIPTOR_CALLS: ReadonlySet<string> = new Set([
  'close',
  'close_range',
  'dup',
  'dup2',
  'dup3',
  'fcntl',
]);

/** How many arguments calls have; others could have all six. */
const ARGUMENT_COUNTS: ReadonlyMap<string, number> = new Map([
  ['ioctl', 3],
  ['read', 3],
  ['write', 3],
  ['pread64', 4],
  ['pwrite64', 4],
  ['close', 1],
  ['open', 3],
  ['openat', 4],
  ['readlink', 3],
]);

/** What is known of a call before it is looked at. */
interface CallKind {
  readonly name: string;
  readonly argumentCount: number;
  readonly isOfDescriptor: boolean;
}

/** By the numbers of calls. */
const nativeKinds = kindsOf(syscalls);
const compatKinds = kindsOf(compatSyscalls);

/** Answers that are none of a number: the real kernel has run the call, or the answer came later. */
const ELSEWHERE = -2;

/** A machine as a recording has it. */
export interface RecordedMachine {
  /** Its description; undefined where that can't be written down. */
  readonly written: unknown;
  readonly choice: MachineChoice;
  /** Who runs it. */
  readonly owner: Owner;
}

type OpenDisk = (request: DiskRequest & { readonly file: string }) => Disk;

export class NativeRecorder {
  readonly stream: RecordStream;
  readonly #recorder: Recorder;
  readonly #startMs = clock.now();

  constructor(stream: RecordStream, isFull: boolean) {
    this.stream = stream;
    this.#recorder = new Recorder({ sink: stream.sink, isFull });
  }

  /** Whether all is recorded that a replay needs. */
  get isFull(): boolean {
    return this.#recorder.isFull;
  }

  /** The machine is about to be built. */
  machine({ written, choice, owner }: RecordedMachine): void {
    const { uid, gid } = owner;
    this.#recorder.write('machine', {
      description: written === undefined ? '' : JSON.stringify(written),
      choice: JSON.stringify(choice),
      owner: `${uid}:${gid}`,
    });
  }

  /** Records what happens in a machine from now on. */
  attach(machine: Machine): void {
    const { kernel } = machine;
    if (this.#recorder.isFull) {
      recordMachine(this.#recorder, machine);
      recordLooks(this.#recorder, kernel);
      return;
    }
    // What no call causes has the time of the last one. Where it matters when it was, that is told before.
    const tellTime = (): void => this.#recorder.write('clock', { us: this.#now() });
    kernel.diagnostics.session.subscribe(tellTime);
    kernel.diagnostics.iommuFault.subscribe(tellTime);
    recordMachine(this.#recorder, machine);
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

  networks(surroundings: NetworkSurroundings): NetworkSurroundings {
    return this.#recorder.isFull
      ? recordedSurroundings(this.#recorder, surroundings)
      : surroundings;
  }

  /** Memory that a device shares with clients, who map `outside`. */
  memory(outside: DeviceMemory): MemoryObject {
    const { sharedMemories, isFull } = this.#recorder;
    return isFull ? sharedMemories.record(this.#recorder, outside, areEqual) : outside;
  }

  /** Something is asked of the machine from outside. */
  request(method: unknown, params: unknown): void {
    if (!this.#recorder.isFull) return;
    const parameters = JSON.stringify(params ?? {});
    this.#recorder.enter('control', { method: String(method), parameters });
  }

  /** The model of what is plugged in has been loaded, or could not be. */
  loaded(): void {
    if (this.#recorder.isFull) this.#recorder.write('loaded', {});
  }

  /** Promises that are fulfilled are about to go on. */
  settle(): void {
    if (this.#recorder.isFull) this.#recorder.write('settle', {});
  }

  /** The loop is going to wait for so long, in µs (-1: without end): how long it may. */
  beforeWait(timeoutUs: number): number {
    this.#recorder.sharedMemories.show();
    return this.stream.beforeWait(timeoutUs);
  }

  task(options: TaskOptions): Task {
    return recordedTask(this.#recorder, options, {
      isForeign,
      watch: (fd) => watchEventFd(options.pid, fd),
    });
  }

  /** A call is about to be handled. */
  begin(host: Host, call: NativeCall, listener: NotificationListener): void {
    const us = this.#now();
    host.path = undefined;
    host.target = undefined;
    call.givenFd = undefined;
    const kind = kindOf(listener);
    // A process that is new introduces itself, and does so before its call.
    const { task } = call.process;
    const write = (): void => {
      const argument = (index: number): number =>
        index < kind.argumentCount ? call.argument(index) : 0;
      this.#recorder.write('begin', {
        task: this.#recorder.task(task),
        tid: call.tid,
        us,
        name: kind.name,
        a0: argument(0),
        a1: argument(1),
        a2: argument(2),
        a3: argument(3),
        a4: argument(4),
        a5: argument(5),
      });
    };
    if (kind.isOfDescriptor && isOfMachine(host, call, kind)) write();
    else this.#recorder.beginLazily(write);
  }

  /** It has been handled. */
  end(host: Host, call: NativeCall, answer: Answer): void {
    const { tid, givenFd } = call;
    if (host.path !== undefined && answer !== CONTINUE) {
      this.#recorder.write('path', { path: host.path, target: host.target ?? '' });
    }
    if (this.#recorder.endLazily()) {
      if (typeof answer === 'object') {
        void answer.then((result) => this.#end(tid, result, -1));
      } else if (answer === ANSWERED) this.#end(tid, givenFd ?? 0, givenFd ?? -1);
      else this.#end(tid, answer === CONTINUE ? 0 : answer, answer === CONTINUE ? ELSEWHERE : -1);
    }
    this.#recorder.sharedMemories.show();
    this.stream.step();
  }

  #end(tid: number, result: number, fd: number): void {
    this.#recorder.write('end', { tid, us: this.#now(), result, fd });
  }

  /** Microseconds since the recording began. */
  #now(): number {
    return Math.round((clock.now() - this.#startMs) * 1000);
  }
}

/** By memcmp. */
function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** Whether a call on descriptors concerns some of the machine. */
function isOfMachine(host: Host, call: NativeCall, { name }: CallKind): boolean {
  return name === 'close_range' || host.fileOf(call.tid, call.int(0)) !== undefined;
}

function kindOf(listener: NotificationListener): CallKind {
  const kinds = listener.arch === compatAuditArch ? compatKinds : nativeKinds;
  return kinds.get(listener.nr) ?? kindNamed(`syscall ${listener.nr}`);
}

function kindsOf(numbers: Readonly<Record<string, number>>): ReadonlyMap<number, CallKind> {
  return new Map(Object.entries(numbers).map(([name, number]) => [number, kindNamed(name)]));
}

function kindNamed(name: string): CallKind {
  return {
    name,
    argumentCount: ARGUMENT_COUNTS.get(name) ?? 6,
    isOfDescriptor: DESCRIPTOR_CALLS.has(name),
  };
}
