/**
 * A capture of a network, written while it runs: each frame once, when it enters the network, whatever
 * becomes of it then. A file that can't be written any more ends the capture, not the machine.
 */
import type { Timer, Timers } from '../kernel/timers.js';
import type { CaptureFormat } from './capture-format.js';
import type { Network } from './network.js';
import { PcapFormat } from './pcap-writer.js';
import { PcapngFormat } from './pcapng-writer.js';
import type { Port } from './port.js';
import type { CaptureFile } from './surroundings.js';

export interface CaptureOptions {
  /** Its name, for messages; `.pcapng` at the end says the format. */
  readonly file: string;
  /** Bytes of a frame that are kept. Default: all. */
  readonly snapLength?: number;
}

/** Where a capture gets what it needs. */
export interface CapturePlace {
  readonly timers: Timers;
  readonly wallClockMs: (() => number) | undefined;
  /** Told when the file is not what it should be. */
  readonly notice: (text: string) => void;
}

export const LARGEST_SNAP_LENGTH = 262_144;
const BUFFER_BYTES = 128 * 1024;
/** How long a frame may wait for others before it is written. */
const FLUSH_MS = 100;

export class Capture {
  readonly #name: string;
  readonly #file: CaptureFile;
  readonly #format: CaptureFormat;
  readonly #snapLength: number;
  readonly #place: CapturePlace;
  readonly #buffer = new Uint8Array(BUFFER_BYTES + LARGEST_SNAP_LENGTH);
  readonly #view = new DataView(this.#buffer.buffer);
  readonly #ports = new Map<Port, number>();
  #used = 0;
  /** Frames in the buffer. */
  #waiting = 0;
  #flushing: Timer | undefined;
  /** Milliseconds from 1970 to the machine's time 0. */
  #epochMs: number | undefined;
  #state: 'open' | 'failed' | 'closed' = 'open';
  #writtenFrames = 0;
  #missedFrames = 0;

  /** @throws NetworkError when not even the beginning can be written */
  constructor(network: Network, file: CaptureFile, options: CaptureOptions, place: CapturePlace) {
    this.#name = `network ${network.name}: capture ${options.file}`;
    this.#file = file;
    this.#format = options.file.endsWith('.pcapng') ? new PcapngFormat() : new PcapFormat();
    this.#snapLength = options.snapLength ?? LARGEST_SNAP_LENGTH;
    this.#place = place;
    file.write(this.#format.start(this.#snapLength));
    network.observe((port, frame) => this.#record(port, frame));
  }

  /** Frames that the file has. */
  get writtenFrames(): number {
    return this.#writtenFrames;
  }

  /** Frames that it would have, had it been possible to write it. */
  get missedFrames(): number {
    return this.#missedFrames;
  }

  /** Writes out what is buffered. */
  flush(): void {
    this.#flushing?.cancel();
    this.#flushing = undefined;
    if (this.#used === 0) return;
    const bytes = this.#buffer.subarray(0, this.#used);
    const frames = this.#waiting;
    this.#used = 0;
    this.#waiting = 0;
    if (this.#write(bytes)) this.#writtenFrames += frames;
    else this.#missedFrames += frames;
  }

  /** Writes what is left, and ends the file. */
  close(): void {
    this.flush();
    if (this.#state === 'open') this.#write(this.#format.end(this.#summaries()));
    if (this.#missedFrames > 0) {
      this.#place.notice(
        `${this.#name}: has ${this.#writtenFrames} frames; ${this.#missedFrames} are missing`,
      );
    }
    if (this.#state !== 'closed') this.#file.close();
    this.#state = 'closed';
  }

  #record(port: Port, frame: Uint8Array): void {
    if (this.#state !== 'open') {
      this.#missedFrames += 1;
      return;
    }
    let index = this.#ports.get(port);
    if (index === undefined) {
      index = this.#ports.size;
      this.#ports.set(port, index);
      this.#append(this.#format.port(port.name, this.#snapLength));
    }
    const kept = Math.min(frame.length, this.#snapLength);
    this.#makeRoom(kept + this.#format.overheadBytes);
    this.#used += this.#format.record(this.#view, this.#used, {
      port: index,
      ...this.#now(),
      bytes: kept === frame.length ? frame : frame.subarray(0, kept),
      originalLength: frame.length,
    });
    this.#waiting += 1;
    this.#flushing ??= this.#place.timers.set(FLUSH_MS, () => this.flush());
  }

  #append(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  #makeRoom(length: number): void {
    if (this.#used > 0 && this.#used + length > BUFFER_BYTES) this.flush();
  }

  #write(bytes: Uint8Array): boolean {
    if (this.#state !== 'open') return false;
    try {
      this.#file.write(bytes);
      return true;
    } catch (error) {
      this.#state = 'failed';
      const why = error instanceof Error ? error.message : String(error);
      this.#place.notice(`${this.#name}: ${why}; no more frames are captured`);
      return false;
    }
  }

  #summaries() {
    const now = this.#now();
    return [...this.#ports].map(([{ statistics }, port]) => {
      const { sentFrames, droppedFrames } = statistics;
      return { port, ...now, sentFrames, droppedFrames };
    });
  }

  #now(): { seconds: number; nanoseconds: number } {
    const { timers, wallClockMs } = this.#place;
    const { nowMs } = timers;
    this.#epochMs ??= wallClockMs === undefined ? 0 : Math.floor(wallClockMs() - nowMs);
    // Small numbers before large ones: milliseconds since 1970 leave no room for nanoseconds.
    const ms = (this.#epochMs % 1000) + nowMs;
    const seconds = Math.floor(ms / 1000);
    return {
      seconds: Math.floor(this.#epochMs / 1000) + seconds,
      nanoseconds: Math.floor((ms - seconds * 1000) * 1e6),
    };
  }
}
