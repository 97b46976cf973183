/**
 * What the machine has to do between calls: timers, tasks that have been woken, looks at device memory. Each
 * goes on for a short time only, as calls may be waiting.
 */
import type { Kernel } from '../kernel/kernel.js';
import { threadClock } from './native/thread-time.unsafe.js';
import { PollPace } from './poll-pace.js';
import type { NativeRecorder } from './recording/native-recorder.js';

/** For so long timers fire, one after another, while calls may be waiting. */
const TIMERS_MS = 0.3;

/** The global of this name is looked up anew each time it is used. */
const clock = performance;

export class MachineWork {
  readonly #kernel: Kernel;
  readonly #recorder: NativeRecorder | undefined;
  readonly #onDefect: (error: unknown) => void;
  readonly #pace: PollPace;
  readonly #startMs = clock.now();
  /** Calls whose answers come later, and machine code that is about to continue. */
  #asleep = 0;

  /** @param onDefect told of an error of what is tracked */
  constructor(
    kernel: Kernel,
    recorder: NativeRecorder | undefined,
    onDefect: (error: unknown) => void,
  ) {
    this.#kernel = kernel;
    this.#recorder = recorder;
    this.#onDefect = onDefect;
    const nowMs = (): number => this.#nowMs();
    kernel.timers.useClock(recorder?.clock(nowMs) ?? nowMs);
    // A recording has whole looks only, which a replay repeats.
    kernel.pollers.endsWithWork = recorder?.isFull !== true;
    this.#pace = new PollPace(kernel.pollers, { now: () => clock.now(), used: threadClock() });
  }

  /** Goes on with something until it has come to its end. */
  track(work: Promise<void>): void {
    this.#asleep += 1;
    work
      .finally(() => {
        this.#asleep -= 1;
      })
      .catch((error: unknown) => this.#onDefect(error));
  }

  /** Looks at device memory. */
  poll(): void {
    this.#pace.poll();
  }

  /** Whether something other than a call has to run; asked after every call, so it is cheap. */
  isWaiting(): boolean {
    const { timers, scheduler } = this.#kernel;
    return timers.nextDeadlineMs < Infinity || scheduler.hasRunnable || this.#asleep > 0;
  }

  /**
   * Timers that are due, sleepers that can run and what they continue, one after the other. Timers that there is
   * no time left for fire behind the next call.
   */
  async continue(): Promise<void> {
    const { timers, scheduler } = this.#kernel;
    const now = this.#nowMs();
    while (scheduler.runOldest()) await settle();
    while (timers.fireNext(now)) {
      while (scheduler.runOldest()) await settle();
      if (this.#nowMs() - now >= TIMERS_MS) break;
    }
    if (this.#asleep === 0) return;
    this.#recorder?.settle();
    await settle();
  }

  /** How long the loop may wait for something else, in µs; −1 without end. */
  timeoutUs(): number {
    const { nextDeadlineMs } = this.#kernel.timers;
    const pollUs = this.#pace.waitUs();
    if (nextDeadlineMs === Infinity) return pollUs;
    const timerUs = Math.max(0, (nextDeadlineMs - this.#nowMs()) * 1000);
    return pollUs < 0 ? timerUs : Math.min(pollUs, timerUs);
  }

  /** The machine's time, in whole microseconds, as recordings have it. */
  #nowMs(): number {
    return Math.floor((clock.now() - this.#startMs) * 1000) / 1000;
  }
}

/** Lets everything run that waits for promises already fulfilled. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
