/**
 * The way of records from the machine's thread to the main one: in batches, so that a record costs little
 * when it is made, and never more than the other end can take.
 */
import { StreamSink } from '../../recording/index.js';

/** A batch is sent when it has so many bytes, */
const BATCH_BYTES = 64 * 1024;
/** or when the loop has nothing to do and the last one was sent so long ago. */
const BATCH_US = 20_000;
/** The machine waits while so many bytes have not been taken. */
const MOST_WAITING = 16 * 1024 * 1024;
const LOOK_AGAIN_MS = 100;

/** The global of this name is looked up anew each time it is used. */
const clock = performance;

/** What both ends share: how many bytes are on their way. */
export function newBacklog(): SharedArrayBuffer {
  return new SharedArrayBuffer(4);
}

/** The end of those who take: bytes have been taken. */
export function taken(backlog: SharedArrayBuffer, bytes: number): void {
  const waiting = new Int32Array(backlog);
  Atomics.sub(waiting, 0, bytes);
  Atomics.notify(waiting, 0);
}

export class RecordStream {
  readonly sink = new StreamSink();
  readonly #waiting: Int32Array<SharedArrayBuffer>;
  readonly #send: (batch: Uint8Array<ArrayBuffer>) => void;
  #sentMs = 0;

  constructor(backlog: SharedArrayBuffer, send: (batch: Uint8Array<ArrayBuffer>) => void) {
    this.#waiting = new Int32Array(backlog);
    this.#send = send;
  }

  /** Sends what there is if it is a batch. */
  step(): void {
    if (this.sink.length >= BATCH_BYTES) this.flush();
  }

  /** The loop is going to wait for so long, in µs (-1: without end): how long it may. */
  beforeWait(timeoutUs: number): number {
    if (this.sink.length === 0) return timeoutUs;
    const leftUs = BATCH_US - (clock.now() - this.#sentMs) * 1000;
    if (leftUs <= 0) {
      this.flush();
      return timeoutUs;
    }
    return timeoutUs < 0 ? leftUs : Math.min(timeoutUs, leftUs);
  }

  /** Sends what there is. */
  flush(): void {
    this.#sentMs = clock.now();
    if (this.sink.length === 0) return;
    const batch = this.sink.take();
    const waiting = Atomics.add(this.#waiting, 0, batch.length) + batch.length;
    this.#send(batch);
    if (waiting > MOST_WAITING) this.#waitUntilTaken();
  }

  #waitUntilTaken(): void {
    for (;;) {
      const waiting = Atomics.load(this.#waiting, 0);
      if (waiting <= MOST_WAITING / 2) return;
      Atomics.wait(this.#waiting, 0, waiting, LOOK_AGAIN_MS);
    }
  }
}
