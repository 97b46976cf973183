// Lets the serving thread wait in RECV alone, without a poll before it, while calls come one after another. What
// it then does not hear (closes, wake-ups) is brought to it by the launcher thread, which is filtered: when no
// call has come for a while, it makes one that is notified, and the server goes back to polling.

/** A call of VFIO's type on no descriptor: notified, and then EBADF. */
export const kickRequest = 0x3b00;
const lookEveryMs = 10;

const isDirect = 0;
const beats = 1;
const isOver = 2;

/** The memory that both threads look at. */
export function newHotLine(): SharedArrayBuffer {
  return new SharedArrayBuffer(12);
}

/** The serving thread's end. */
export class HotLine {
  readonly #state: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#state = new Int32Array(memory);
  }

  /** Whether nobody would bring the server back from RECV any more. */
  get isOver(): boolean {
    return Atomics.load(this.#state, isOver) !== 0;
  }

  /** From now on the server waits in RECV alone. */
  enter(): void {
    Atomics.store(this.#state, isDirect, 1);
    Atomics.notify(this.#state, isDirect);
  }

  /** A call was received. */
  beat(): void {
    this.#state[beats] = ((this.#state[beats] ?? 0) + 1) | 0;
  }

  leave(): void {
    Atomics.store(this.#state, isDirect, 0);
  }
}

/**
 * The launcher thread's end: kicks when the server waits in RECV and nothing has come since the last look.
 * It sleeps while the server does not: a timer that ran on would cost 1 % of a core.
 * @param kick makes a notified call
 * @returns ends it, for good, with a last kick if the server waits
 */
export function watchHotLine(memory: SharedArrayBuffer, kick: () => void): () => void {
  const state = new Int32Array(memory);
  let timer: NodeJS.Timeout | undefined;
  let seen = 0;
  const look = (): void => {
    if (Atomics.load(state, isDirect) === 0) {
      clearInterval(timer);
      sleep();
      return;
    }
    const now = Atomics.load(state, beats);
    if (now === seen) kick();
    seen = now;
  };
  const sleep = (): void => {
    const { value } = Atomics.waitAsync(state, isDirect, 0);
    // Awaited even where it need not be, so that a server that comes and goes can't keep this thread.
    void Promise.resolve(value).then(() => {
      if (Atomics.load(state, isOver) === 0) timer = setInterval(look, lookEveryMs);
    });
  };
  sleep();
  return () => {
    clearInterval(timer);
    Atomics.store(state, isOver, 1);
    Atomics.notify(state, isDirect);
    // The server says that it waits before it looks whether it is over: one of the two sees the other.
    if (Atomics.load(state, isDirect) !== 0) kick();
  };
}
