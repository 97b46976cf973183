/** How far a fuzzing thread has come, for the one that watches it. */

export class Progress {
  /** Shared by both threads. */
  readonly memory: SharedArrayBuffer;
  readonly #runs: Int32Array;

  constructor(memory = new SharedArrayBuffer(4)) {
    this.memory = memory;
    this.#runs = new Int32Array(memory);
  }

  /** Runs that ended. */
  get runs(): number {
    return Atomics.load(this.#runs, 0);
  }

  ended(): void {
    Atomics.add(this.#runs, 0, 1);
  }
}
