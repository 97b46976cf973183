/** Submission and completion queues in the host's memory (NVM Express 1.4 §4.1). */
import type { Dma } from '../../pci/dma.js';
import { COMMAND_SIZE } from './command.js';

/** Bytes of a completion queue entry. */
export const COMPLETION_SIZE = 16;

export interface QueueOptions {
  readonly id: number;
  /** Address of the first entry. */
  readonly address: bigint;
  /** Entries; one less can be in use. */
  readonly size: number;
}

/** How a command ended. */
export interface Completion {
  readonly queue: SubmissionQueue;
  readonly commandId: number;
  /** Code, type and DNR; 0 for success. */
  readonly status: number;
  /** Command-specific result. */
  readonly result: number;
}

export class SubmissionQueue {
  readonly id: number;
  readonly size: number;
  readonly completions: CompletionQueue;
  readonly #address: bigint;
  #head = 0;
  #tail = 0;

  constructor(options: QueueOptions & { readonly completions: CompletionQueue }) {
    this.id = options.id;
    this.size = options.size;
    this.completions = options.completions;
    this.#address = options.address;
    options.completions.users += 1;
  }

  get head(): number {
    return this.#head;
  }

  /** Commands that were submitted and not taken yet. */
  get pending(): number {
    return (this.#tail - this.#head + this.size) % this.size;
  }

  /** The host added commands. False: the value can't be. */
  setTail(tail: number): boolean {
    if (tail >= this.size) return false;
    const added = (tail - this.#tail + this.size) % this.size;
    if (this.pending + added >= this.size) return false;
    this.#tail = tail;
    return true;
  }

  /** Reads up to `count` pending entries that lie one after another. @returns how many; 0: a fault */
  fetch(dma: Dma, count: number, target: Uint8Array): number {
    const entries = Math.min(count, this.size - this.#head);
    const address = this.#address + BigInt(this.#head * COMMAND_SIZE);
    return dma.read(address, target.subarray(0, entries * COMMAND_SIZE)) ? entries : 0;
  }

  /** The command at the head is being executed: its place is free. */
  take(): void {
    this.#head = (this.#head + 1) % this.size;
  }
}

export class CompletionQueue {
  readonly id: number;
  readonly size: number;
  /** Interrupt vector; undefined: it raises none. */
  readonly vector: number | undefined;
  /** Submission queues whose commands complete here. */
  users = 0;
  readonly #address: bigint;
  /** Completions without a place yet. */
  #waiting: Completion[] = [];
  #head = 0;
  #tail = 0;
  #phase = 1;

  constructor(options: QueueOptions & { readonly vector: number | undefined }) {
    this.id = options.id;
    this.size = options.size;
    this.vector = options.vector;
    this.#address = options.address;
  }

  /** Whether the host has not taken all entries. */
  get hasEntries(): boolean {
    return this.#head !== this.#tail;
  }

  /** Entries that commands can still be taken for. */
  get room(): number {
    return Math.max(0, this.#free - this.#waiting.length);
  }

  get #free(): number {
    return this.size - 1 - ((this.#tail - this.#head + this.size) % this.size);
  }

  /** The host has taken entries. False: the value can't be. */
  setHead(head: number): boolean {
    if (head >= this.size) return false;
    const taken = (head - this.#head + this.size) % this.size;
    if (taken > (this.#tail - this.#head + this.size) % this.size) return false;
    this.#head = head;
    return true;
  }

  add(completion: Completion): void {
    this.#waiting.push(completion);
  }

  /**
   * Writes the completions that there is room for. The first entry comes last, for the host looks there
   * first: seeing it, it finds the others whole. False: the memory could not be written.
   */
  post(dma: Dma): number {
    const count = Math.min(this.#free, this.#waiting.length);
    if (count === 0) return 0;
    const bytes = this.#encode(this.#waiting.splice(0, count));
    const tail = this.#tail;
    const straight = Math.min(count, this.size - tail);
    this.#tail = (tail + count) % this.size;
    const isWritten =
      this.#write(dma, 0, bytes.subarray(straight * COMPLETION_SIZE)) &&
      this.#write(dma, tail + 1, bytes.subarray(COMPLETION_SIZE, straight * COMPLETION_SIZE)) &&
      this.#write(dma, tail, bytes.subarray(0, COMPLETION_SIZE));
    return isWritten ? count : -1;
  }

  #write(dma: Dma, place: number, bytes: Uint8Array): boolean {
    return dma.write(this.#address + BigInt(place * COMPLETION_SIZE), bytes);
  }

  #encode(completions: readonly Completion[]): Uint8Array {
    const view = new DataView(new ArrayBuffer(completions.length * COMPLETION_SIZE));
    let place = this.#tail;
    let at = 0;
    for (const { queue, commandId, status, result } of completions) {
      view.setUint32(at, result, true);
      view.setUint16(at + 8, queue.head, true);
      view.setUint16(at + 10, queue.id, true);
      view.setUint16(at + 12, commandId, true);
      view.setUint16(at + 14, (status << 1) | this.#phase, true);
      at += COMPLETION_SIZE;
      place += 1;
      if (place < this.size) continue;
      place = 0;
      this.#phase ^= 1;
    }
    return new Uint8Array(view.buffer);
  }
}

/** All queues of a controller, by identifier; 0 are the admin queues. */
export class Queues {
  readonly submission: (SubmissionQueue | undefined)[] = [];
  readonly completion: (CompletionQueue | undefined)[] = [];

  clear(): void {
    this.submission.length = 0;
    this.completion.length = 0;
  }

  get hasIoQueues(): boolean {
    return this.completion.some((queue) => queue !== undefined && queue.id > 0);
  }
}
