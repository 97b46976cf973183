/**
 * One direction of a cable: frames in flight, in the order they will arrive. A line with a bandwidth
 * takes them one after the other; then each is under way for the latency. What goes wrong on it (loss,
 * duplication, reordering) is drawn from a seeded generator of its own, so the fate of a frame depends
 * on the frames before it on this line and on nothing else.
 */
import type { Timer, Timers } from '../kernel/timers.js';
import { wireBytes } from './ethernet.js';
import type { DropReason } from './network-port.js';
import type { SeededRandom } from './seeded-random.js';

/** What a line is like. */
export interface LineShape {
  /** Bits per second. */
  readonly bandwidthBps: number;
  /** Whether frames wait for their turn by the bandwidth, or only take their own time. */
  readonly isLimited: boolean;
  readonly latencyMs: number;
  readonly jitterMs: number;
  readonly loss: number;
  readonly duplication: number;
  readonly reordering: number;
  /** Bytes that may wait for their turn. */
  readonly queueBytes: number;
}

/** Who is at the ends of a line. */
export interface LineEnds {
  /** A frame is at the far end. */
  arrived(frame: Uint8Array): void;
  /** All that have arrived by now have been handed over. */
  flush(): void;
  dropped(reason: DropReason): void;
  duplicated(): void;
  /** There is room again after `isBusy` was true. */
  writable(): void;
}

interface InFlight {
  readonly frame: Uint8Array;
  readonly dueMs: number;
}

/** Bytes in flight on one line: memory that a slow network may take. */
const IN_FLIGHT_BYTES = 32 * 1024 * 1024;
/** How long a frame to be overtaken waits for the one that does it. */
const OVERTAKE_MS = 10;
/** Deadlines are sums of fractions: what is due within this is due. */
const ROUNDING_MS = 1e-6;

export class Line {
  readonly #shape: LineShape;
  readonly #timers: Timers;
  readonly #random: SeededRandom;
  readonly #ends: LineEnds;
  #queue: InFlight[] = [];
  /** What of the queue has arrived already. */
  #head = 0;
  #bytes = 0;
  /** When the last frame taken is on the wire entirely. */
  #freeAtMs = 0;
  #lastDueMs = 0;
  /** To be overtaken by the next one. */
  #held: Uint8Array | undefined;
  #arrival: Timer | undefined;
  #overtaking: Timer | undefined;
  #room: Timer | undefined;

  constructor(shape: LineShape, timers: Timers, random: SeededRandom, ends: LineEnds) {
    this.#shape = shape;
    this.#timers = timers;
    this.#random = random;
    this.#ends = ends;
  }

  /** Frames on it. */
  get inFlight(): number {
    return this.#queue.length - this.#head + (this.#held === undefined ? 0 : 1);
  }

  /**
   * Whether more waits than the queue is for. Whoever asks and hears so is told of room by `writable`.
   */
  get isBusy(): boolean {
    const { isLimited, queueBytes } = this.#shape;
    if (!isLimited || this.#backlogMs() <= this.#wireMs(queueBytes)) return false;
    const waitMs = this.#backlogMs() - this.#wireMs(queueBytes) / 2;
    this.#room ??= this.#timers.set(waitMs, () => {
      this.#room = undefined;
      this.#ends.writable();
    });
    return true;
  }

  /** Puts a copy of a frame on the line. */
  push(frame: Uint8Array): void {
    const { loss, duplication, reordering } = this.#shape;
    const random = this.#random;
    if (this.#bytes + frame.length > IN_FLIGHT_BYTES) {
      this.#ends.dropped('line-full');
      return;
    }
    const departMs = this.#takeTurn(frame.length);
    if (random.happens(loss)) {
      this.#ends.dropped('loss');
      return;
    }
    const isTwice = random.happens(duplication);
    const isOvertaken = random.happens(reordering) && this.#held === undefined;
    const copy = frame.slice();
    if (isOvertaken) this.#hold(copy);
    else this.#enqueue(copy, departMs);
    if (isTwice) {
      this.#ends.duplicated();
      this.#enqueue(copy, departMs);
    }
    if (!isOvertaken) this.#release(departMs);
  }

  /** Forgets what is in flight: the cable was pulled. @returns how many frames that were */
  clear(): number {
    const lost = this.inFlight;
    for (const timer of [this.#arrival, this.#overtaking, this.#room]) timer?.cancel();
    this.#arrival = this.#overtaking = this.#room = undefined;
    this.#queue = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#held = undefined;
    this.#freeAtMs = 0;
    return lost;
  }

  /** When a frame that is given to the line now is on the wire. */
  #takeTurn(length: number): number {
    const { isLimited, latencyMs } = this.#shape;
    const { nowMs } = this.#timers;
    const tookMs = this.#wireMs(wireBytes(length));
    // Some time passes on every line, so that frames sent round in circles do not stop the machine.
    if (!isLimited) return latencyMs > 0 ? nowMs : nowMs + tookMs;
    this.#freeAtMs = Math.max(nowMs, this.#freeAtMs) + tookMs;
    return this.#freeAtMs;
  }

  #hold(frame: Uint8Array): void {
    this.#held = frame;
    this.#bytes += frame.length;
    this.#overtaking = this.#timers.set(OVERTAKE_MS, () => this.#release(this.#timers.nowMs));
  }

  /** Lets the frame go that was to be overtaken. */
  #release(departMs: number): void {
    const frame = this.#held;
    if (frame === undefined) return;
    this.#overtaking?.cancel();
    this.#overtaking = undefined;
    this.#held = undefined;
    this.#bytes -= frame.length;
    this.#enqueue(frame, departMs);
  }

  #enqueue(frame: Uint8Array, departMs: number): void {
    const { latencyMs, jitterMs } = this.#shape;
    const lateMs = jitterMs > 0 ? this.#random.next() * jitterMs : 0;
    this.#lastDueMs = Math.max(this.#lastDueMs, departMs + latencyMs + lateMs);
    this.#queue.push({ frame, dueMs: this.#lastDueMs });
    this.#bytes += frame.length;
    this.#arm();
  }

  #arm(): void {
    const next = this.#queue[this.#head];
    if (next === undefined || this.#arrival !== undefined) return;
    this.#arrival = this.#timers.set(next.dueMs - this.#timers.nowMs, () => this.#arrive());
  }

  /** Hands over what is due. */
  #arrive(): void {
    this.#arrival = undefined;
    const untilMs = this.#timers.nowMs + ROUNDING_MS;
    for (;;) {
      const next = this.#queue[this.#head];
      if (next === undefined || next.dueMs > untilMs) break;
      this.#head += 1;
      this.#bytes -= next.frame.length;
      this.#ends.arrived(next.frame);
    }
    if (this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    this.#ends.flush();
    this.#arm();
  }

  #backlogMs(): number {
    return Math.max(0, this.#freeAtMs - this.#timers.nowMs);
  }

  #wireMs(bytes: number): number {
    return (bytes * 8 * 1000) / this.#shape.bandwidthBps;
  }
}
