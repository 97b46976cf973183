/**
 * A capture that is sent into a network, from a port of its own: at the pace it was recorded at, or as
 * fast as frames are taken. It begins when somebody is there to take the first frame.
 */
import type { KernelLog } from '../kernel/log.js';
import type { Timer, Timers } from '../kernel/timers.js';
import type { CaptureReader } from './capture-reader.js';
import { Padding } from './ethernet.js';
import { NetworkError } from './network-error.js';
import type { NetworkPort } from './network-port.js';

export type ReplayPace = 'original' | 'fast';

export interface ReplayOptions {
  readonly file: string;
  readonly pace: ReplayPace;
}

/** Where a replay gets what it needs. */
export interface ReplayPlace {
  readonly timers: Timers;
  readonly log: KernelLog;
  /** Told when the capture turns out to be damaged. */
  readonly notice: (text: string) => void;
}

/** Frames sent before others get their turn. */
const BURST = 64;

/** What became of an attempt to send. Who waits is called again, by a timer or as `writable`. */
type Outcome = 'sent' | 'waiting' | 'over';

export class Replay {
  readonly #port: NetworkPort;
  readonly #reader: CaptureReader;
  readonly #options: ReplayOptions;
  readonly #place: ReplayPlace;
  readonly #padding = new Padding();
  #next: { readonly frame: Uint8Array; readonly timeNs: bigint } | undefined;
  #timer: Timer | undefined;
  /** Machine time and recorded time of the first frame, once it was sent. */
  #start: { readonly ms: number; readonly ns: bigint } | undefined;
  #isOver = false;
  #sentFrames = 0;
  /** Frames that the capture has the beginning of only; the rest is sent as zeros. */
  #cutFrames = 0;

  /** @throws NetworkError when the file does not even have a first frame to read */
  constructor(
    port: NetworkPort,
    reader: CaptureReader,
    options: ReplayOptions,
    place: ReplayPlace,
  ) {
    this.#port = port;
    this.#reader = reader;
    this.#options = options;
    this.#place = place;
    this.#next = this.#read();
    port.attach({ receive: () => true, writable: () => this.#run() });
    this.#run();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get sentFrames(): number {
    return this.#sentFrames;
  }

  close(): void {
    this.#end();
    this.#port.close();
  }

  #run(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    let outcome: Outcome = 'sent';
    try {
      for (let i = 0; i < BURST && outcome === 'sent'; i++) outcome = this.#sendNext();
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      this.#place.notice(
        `${this.#port.name}: ${error.message}; ${this.#sentFrames} frames were sent`,
      );
      outcome = 'over';
    }
    this.#port.flush();
    if (outcome === 'sent') this.#wakeIn(0);
    if (outcome === 'over') this.#end();
  }

  #sendNext(): Outcome {
    const next = this.#next;
    if (next === undefined) return 'over';
    if (this.#start === undefined || this.#options.pace === 'fast') {
      if (!this.#port.isPeerReady) return 'waiting';
      this.#start ??= { ms: this.#place.timers.nowMs, ns: next.timeNs };
    } else {
      const dueMs = this.#start.ms + Number(next.timeNs - this.#start.ns) / 1e6;
      const inMs = dueMs - this.#place.timers.nowMs;
      if (inMs > 0) {
        this.#wakeIn(inMs);
        return 'waiting';
      }
    }
    if (!this.#port.send(next.frame)) return 'waiting';
    this.#sentFrames += 1;
    this.#next = this.#read();
    return 'sent';
  }

  #wakeIn(ms: number): void {
    this.#timer ??= this.#place.timers.set(ms, () => this.#run());
  }

  #read(): { frame: Uint8Array; timeNs: bigint } | undefined {
    const read = this.#reader.next();
    if (read === undefined) return undefined;
    const { bytes, originalLength, timeNs } = read;
    if (originalLength <= bytes.length) return { frame: this.#padding.pad(bytes), timeNs };
    this.#cutFrames += 1;
    const frame = new Uint8Array(originalLength);
    frame.set(bytes);
    return { frame: this.#padding.pad(frame), timeNs };
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#reader.close();
    const cut = this.#cutFrames === 0 ? '' : `, ${this.#cutFrames} of them filled up with zeros`;
    this.#place.log.info(`${this.#port.name}: ${this.#sentFrames} frames were sent${cut}`);
  }
}
