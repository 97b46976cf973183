/**
 * Sleeping in the kernel. A system call that must wait makes a `Sleeper` and awaits it; everything
 * else in the kernel runs to completion. What has become able to run is run one at a time, oldest
 * first, when the embedder calls `runOldest`, so that the order of events never depends on the
 * host's event loop.
 */
import type { Channel } from './channel.js';
import type { Turn } from './diagnostics.js';
import type { Task } from './task.js';
import type { Timer, Timers } from './timers.js';
import type { WaitQueue } from './wait-queue.js';

/** Why a wait is over. A wait looks at its condition first, then at the time, then at signals. */
export type WaitOutcome = 'ready' | 'timeout' | 'interrupted';

/** One wait of a sleeping call. */
export interface Wait {
  readonly queue: WaitQueue;
  /** What is waited for. Looked at whenever the queue is woken. */
  readonly condition: () => boolean;
  readonly timeoutMs: number;
  /** Whether a pending signal of the task ends the wait. */
  readonly interruptible: boolean;
}

/** A call that sleeps, possibly several times. Its age is its place in the order of running. */
export class Sleeper {
  readonly task: Task;
  readonly age: number;
  readonly #scheduler: Scheduler;
  #wait: Wait | undefined;
  #resolve: ((outcome: WaitOutcome) => void) | undefined;
  #timer: Timer | undefined;
  #timeIsUp = false;

  constructor(scheduler: Scheduler, task: Task, age: number) {
    this.#scheduler = scheduler;
    this.task = task;
    this.age = age;
  }

  /** Sleeps until the condition holds, time is up or a signal comes. Does not sleep if one is so already. */
  async until(wait: Wait): Promise<WaitOutcome> {
    this.#wait = wait;
    this.#timeIsUp = false;
    const outcome = this.#outcome();
    if (outcome !== undefined) return outcome;
    wait.queue.add(this);
    this.#scheduler.addSleeping(this);
    this.#timer = this.#scheduler.timers.set(
      wait.timeoutMs,
      () => {
        this.#timeIsUp = true;
        this.wake();
      },
      this.age,
    );
    return await new Promise<WaitOutcome>((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Lets the sleeper look at its condition again. */
  wake(): void {
    this.#scheduler.makeRunnable(this);
  }

  /** Ends the wait if there is a reason to; called by the scheduler when it is this sleeper's turn. */
  run(): boolean {
    const outcome = this.#outcome();
    if (outcome === undefined) return false;
    this.#wait?.queue.remove(this);
    this.#scheduler.removeSleeping(this);
    this.#timer?.cancel();
    this.#resolve?.(outcome);
    return true;
  }

  #outcome(): WaitOutcome | undefined {
    const wait = this.#wait;
    if (wait === undefined) return undefined;
    if (wait.condition()) return 'ready';
    if (this.#timeIsUp) return 'timeout';
    if (wait.interruptible && this.task.hasPendingSignal) return 'interrupted';
    return undefined;
  }
}

/** All sleeping calls of a machine. */
export class Scheduler {
  readonly timers: Timers;
  /** Called when something has become able to run; the embedder then calls `runOldest` until false. */
  onRunnable: (() => void) | undefined;
  readonly #sleeping = new Set<Sleeper>();
  readonly #runnable: Sleeper[] = [];
  #age = 0;

  readonly #turns: Channel<Turn> | undefined;

  /** @param turns told each time a sleeper goes on */
  constructor(timers: Timers, turns?: Channel<Turn>) {
    this.timers = timers;
    this.#turns = turns;
  }

  /** Begins a call that may sleep. */
  newSleeper(task: Task): Sleeper {
    return new Sleeper(this, task, this.#age++);
  }

  /** Whether `runOldest` may have something to run. */
  get hasRunnable(): boolean {
    return this.#runnable.length > 0;
  }

  /** Calls asleep, oldest first. */
  get sleeping(): readonly Sleeper[] {
    return [...this.#sleeping].sort((a, b) => a.age - b.age);
  }

  /** A signal for a task: wakes what of it sleeps interruptibly. */
  signal(task: Task): void {
    task.setPendingSignal();
    for (const sleeper of this.#sleeping) if (sleeper.task === task) sleeper.wake();
  }

  /**
   * Lets the oldest call that can run do so, up to where it sleeps again or ends (its code continues
   * in microtasks; let them finish before calling again).
   * @returns whether one ran
   */
  runOldest(): boolean {
    for (;;) {
      const sleeper = this.#runnable.shift();
      if (sleeper === undefined) return false;
      this.#turns?.publish?.('turn');
      if (sleeper.run()) return true;
    }
  }

  makeRunnable(sleeper: Sleeper): void {
    if (this.#runnable.includes(sleeper)) return;
    this.#runnable.push(sleeper);
    this.#runnable.sort((a, b) => a.age - b.age);
    this.onRunnable?.();
  }

  addSleeping(sleeper: Sleeper): void {
    this.#sleeping.add(sleeper);
  }

  removeSleeping(sleeper: Sleeper): void {
    this.#sleeping.delete(sleeper);
  }
}
