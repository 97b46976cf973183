/**
 * Threads that had a page fault since a moment, and whether they have got on since: on a busy computer a thread
 * may have been kept waiting for a processor right behind the fault, for any time. proc(5), and schedstat in
 * Documentation/scheduler/sched-stats.rst
 */
import { readdirSync } from 'node:fs';
import { readSmallFile } from './native/proc-file.unsafe.js';

/** What a thread was about is done when it has run this long. The kernel counts that at its ticks. */
const ENOUGH_NS = 500_000;
/** Asleep, idle, dead: of its own will, not in the middle of instructions. */
const RESTING = 'SIZX';

/** Threads, by their folders in /proc, and how many page faults they have had that needed no disk. */
export type FaultCounts = ReadonlyMap<string, number>;

/** Counts the page faults of all threads of some processes. */
export function countFaults(pids: Iterable<number>): FaultCounts {
  return new Map(threadsOf(pids).map((thread) => [thread, stateOf(thread)?.faults ?? 0] as const));
}

/** A thread that was running, and how long it had run, in ns. */
interface RunningThread {
  readonly path: string;
  readonly ranNs: number;
}

export class FaultingThreads {
  #behind: RunningThread[];

  /**
   * @param pids processes whose threads are meant
   * @param before faults they had before; none: any of them may have had one
   */
  constructor(pids: Iterable<number>, before: FaultCounts | undefined) {
    this.#behind = threadsOf(pids).flatMap((path) => {
      const state = stateOf(path);
      const ranNs = runTimeOf(path);
      if (state === undefined || ranNs === undefined || state.isResting) return [];
      return state.faults === before?.get(path) ? [] : [{ path, ranNs }];
    });
  }

  /** Whether each of them has run for a while since, or come to rest. */
  get haveGotOn(): boolean {
    this.#behind = this.#behind.filter(({ path, ranNs }) => {
      const nowNs = runTimeOf(path);
      return nowNs !== undefined && nowNs - ranNs < ENOUGH_NS && stateOf(path)?.isResting === false;
    });
    return this.#behind.length === 0;
  }
}

function threadsOf(pids: Iterable<number>): string[] {
  return [...pids].flatMap((pid) => {
    const folder = `/proc/${pid}/task`;
    try {
      return readdirSync(folder).map((tid) => `${folder}/${tid}`);
    } catch {
      return []; // It has ended.
    }
  });
}

/** Undefined: the thread is gone, or the kernel does not tell. */
function runTimeOf(path: string): number | undefined {
  const text = readSmallFile(`${path}/schedstat`);
  return text === undefined ? undefined : Number(text.split(' ', 1)[0]);
}

function stateOf(path: string): { isResting: boolean; faults: number } | undefined {
  const text = readSmallFile(`${path}/stat`);
  if (text === undefined) return undefined;
  // The third field and those behind it: the name before them, in parentheses, may have any characters.
  const [state = '', ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { isResting: RESTING.includes(state), faults: Number(fields[6]) };
}
