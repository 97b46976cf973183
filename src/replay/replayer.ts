/** Does to a fresh machine what was done to a recorded one, record by record. */
import { File } from '../kernel/file.js';
import { anonymousInode } from '../kernel/inode.js';
import type { Owner } from '../kernel/tree.js';
import { Controller, type ModelLoader } from '../machine/control/controller.js';
import type { MachinePlan } from '../machine/machine-plan.js';
import { recordMachine } from '../machine/record-machine.js';
import { Machine } from '../machine.js';
import {
  type AreEqual,
  type Recorded,
  Recorder,
  recordedClock,
  recordedDisks,
  recordedSurroundings,
  recordLog,
} from '../recording/index.js';
import type { Comparison } from './comparison.js';
import type { RecordCursor } from './record-cursor.js';
import { RecordedCalls } from './recorded-calls.js';
import { replayedDisk } from './replayed-disk.js';
import { ReplayedEvents } from './replayed-files.js';
import { ReplayedSharedMemory } from './replayed-shared-memory.js';
import { ReplayedSurroundings } from './replayed-surroundings.js';
import { ReplayedTasks } from './replayed-tasks.js';

export interface ReplayerOptions {
  readonly cursor: RecordCursor;
  readonly comparison: Comparison;
  readonly plan: MachinePlan;
  /** Who ran the recorded session. */
  readonly owner: Owner;
  readonly loadModel?: ModelLoader;
  readonly settle: () => Promise<void>;
  readonly areEqual: AreEqual;
}

/** What the host asked for its own sake, between calls: nothing of the machine depends on it. */
const HOST_ONLY: ReadonlySet<Recorded['kind']> = new Set([
  'clock',
  'credentials',
  'memlock',
  'lookup',
]);

export class Replayer {
  readonly machine: Machine;
  readonly #cursor: RecordCursor;
  readonly #comparison: Comparison;
  readonly #settle: () => Promise<void>;
  readonly #recorder: Recorder;
  readonly #files = new Map<number, File>();
  readonly #events = new ReplayedEvents();
  readonly #tasks: ReplayedTasks;
  readonly #memories: ReplayedSharedMemory[] = [];
  readonly #surroundings: ReplayedSurroundings;
  readonly #calls: RecordedCalls;
  readonly #controller: Controller;
  /** The model that is being loaded, and what lets the machine have it. */
  #load: { readonly done: Promise<unknown>; readonly release: () => void } | undefined;

  constructor(options: ReplayerOptions) {
    const { cursor, comparison, plan, settle, areEqual, loadModel } = options;
    const recorder = new Recorder({ sink: comparison, isFull: true });
    this.#cursor = cursor;
    this.#comparison = comparison;
    this.#settle = settle;
    this.#recorder = recorder;
    recorder.onFile = (file, number) => this.#files.set(number, file);
    this.#tasks = new ReplayedTasks(recorder, cursor, this.#files, this.#events);
    this.#surroundings = new ReplayedSurroundings(cursor);
    this.machine = new Machine(plan, {
      owner: plan.owner ?? options.owner,
      containsModelDefects: true,
      createMemory: () => {
        const memory = new ReplayedSharedMemory(cursor);
        this.#memories.push(memory);
        return recorder.sharedMemories.record(recorder, memory, areEqual);
      },
      openDisk: recordedDisks(recorder, () => replayedDisk(cursor)),
      networks: recordedSurroundings(recorder, this.#surroundings.surroundings),
      log: (entry) => recordLog(recorder, entry),
    });
    recordMachine(recorder, this.machine);
    const { kernel, hotPlug } = this.machine;
    let us = 0;
    const nowMs = (): number => {
      us = cursor.peekAt('clock')?.us ?? us;
      return us / 1000;
    };
    kernel.timers.useClock(recordedClock(recorder, nowMs));
    hotPlug.background = (work) => void work.catch(() => undefined);
    this.#calls = new RecordedCalls(kernel, this.#tasks, this.#files);
    this.#controller = new Controller(
      this.machine,
      () => [],
      (device) => this.#loadInTime(loadModel?.(device) ?? Promise.resolve(device)),
    );
  }

  /** Goes on to the end of the recording, or to where the machine does something else. */
  async run(): Promise<void> {
    for (let record = this.#cursor.peek(); record !== undefined; record = this.#cursor.peek()) {
      const { position } = this.#cursor;
      const acted = this.#act(record);
      // Awaiting what is no promise would let others go on at the wrong time.
      const isUnsettled = typeof acted === 'boolean' ? acted : await acted;
      if (isUnsettled || this.#cursor.position === position) await this.#settle();
      if (this.#cursor.position === position) this.#comparison.missed();
      if (this.#comparison.difference !== undefined) return;
    }
  }

  /** Does what a record says, if it is of something that came from outside. Whether promises may go on then. */
  #act(record: Recorded): boolean | Promise<boolean> {
    const { timers, scheduler, pollers } = this.machine.kernel;
    switch (record.kind) {
      case 'task':
        this.#tasks.introduce(record);
        return false;
      case 'file':
        this.#introduceFile(record.file, record.label);
        return false;
      case 'poll':
        this.#cursor.skip();
        pollers.poll();
        return false;
      case 'timer':
        if (timers.nextDeadlineMs < Infinity) timers.fireNext(timers.nextDeadlineMs);
        return false;
      case 'turn':
        scheduler.runOldest();
        return true;
      case 'settle':
        this.#cursor.skip();
        return true;
      case 'eventFired':
        this.#events.fire(record.event);
        return false;
      case 'stored':
        this.#memories[record.memory - 1]?.store(record.offset, record.bytes);
        this.#recorder.sharedMemories.take();
        return false;
      case 'shown':
        this.#recorder.sharedMemories.show();
        return false;
      case 'control':
        this.#cursor.skip();
        this.#request(record.method, record.parameters);
        return false;
      case 'loaded':
        this.#cursor.skip();
        return this.#finishLoading();
      default:
        if (HOST_ONLY.has(record.kind)) this.#cursor.skip();
        else if (!this.#calls.act(record)) this.#surroundings.act();
        return false;
    }
  }

  /** A file that the machine did not open: a path that was only pointed at (O_PATH). */
  #introduceFile(number: number, label: string): void {
    const file = new File(anonymousInode(label), {}, 0);
    this.#files.set(number, file);
    this.#recorder.file(file);
  }

  #request(method: string, parameters: string): void {
    const params: unknown = JSON.parse(parameters);
    // What was answered, and whether it failed, shows in what the machine does.
    void this.#controller.handle(method, params, () => undefined).catch(() => undefined);
  }

  /** The machine gets a model when it got it then, however long loading takes here. */
  async #loadInTime<T>(loading: Promise<T>): Promise<T> {
    const isDue = new Promise<void>((release) => {
      this.#load = { done: loading.catch(() => undefined), release };
    });
    try {
      return await loading;
    } finally {
      await isDue;
    }
  }

  async #finishLoading(): Promise<boolean> {
    await this.#load?.done;
    this.#load?.release();
    return true;
  }
}
