/**
 * Interrupts of completion queues: a message a queue's vector with MSI-X, else the INTx line, raised
 * while any queue has entries and its vector is not masked (NVM Express 1.4 §7.5).
 */
import type { Timers } from '../../kernel/timers.js';
import type { Interrupts } from '../../pci/interrupts.js';
import { type CoalescingSettings, InterruptCoalescing } from './interrupt-coalescing.js';
import type { CompletionQueue, Queues } from './queues.js';
import type { RegisterFile } from './register-file.js';
import { INTMC, INTMS } from './registers.js';

/** Vectors of MSI-X: the admin queue's, and one for each I/O queue. */
export const VECTORS = 65;

export interface InterruptOptions {
  readonly interrupts: Interrupts;
  readonly queues: Queues;
  readonly registers: RegisterFile;
  readonly settings: CoalescingSettings;
  readonly timers: Timers;
}

export class InterruptLines {
  readonly #interrupts: Interrupts;
  readonly #queues: Queues;
  readonly #registers: RegisterFile;
  readonly #coalescing: InterruptCoalescing;
  #mask = 0;

  constructor({ interrupts, queues, registers, settings, timers }: InterruptOptions) {
    this.#registers = registers;
    this.#interrupts = interrupts;
    this.#queues = queues;
    this.#coalescing = new InterruptCoalescing(settings, timers, (vector) => this.#waited(vector));
  }

  get hasMessages(): boolean {
    return this.#interrupts.isMsixEnabled;
  }

  /** Vectors that do not raise the line, which INTMS and INTMC both show. */
  get mask(): number {
    return this.#mask;
  }

  set mask(mask: number) {
    this.#mask = mask >>> 0;
    this.#registers.set(INTMS, this.#mask);
    this.#registers.setHidden(INTMC, this.#mask);
    this.update();
  }

  reset(): void {
    this.#coalescing.reset();
    this.mask = 0;
  }

  /** Nothing is signalled any more. */
  dispose(): void {
    this.#coalescing.reset();
  }

  /** Entries were put into a queue. Those of the admin queue never wait for others. */
  posted({ vector, id }: CompletionQueue, entries: number): void {
    if (vector === undefined) return;
    if (id === 0 || this.#coalescing.add(vector, entries)) this.#signal(vector);
  }

  /** Something changed that the line depends on. */
  update(): void {
    const isRaised =
      !this.hasMessages && this.#queues.completion.some((queue) => this.#raises(queue));
    if (isRaised !== this.#interrupts.isIntxPending) this.#interrupts.setIntx(isRaised);
  }

  /** What an interrupt waited with may have been taken meanwhile, by a host that looks by itself. */
  #waited(vector: number): void {
    const isWanted = this.#queues.completion.some(
      (queue) => queue?.vector === vector && queue.hasEntries,
    );
    if (isWanted) this.#signal(vector);
    else this.#coalescing.end(vector);
  }

  #signal(vector: number): void {
    this.#coalescing.end(vector);
    if (this.hasMessages) this.#interrupts.msix(vector);
    else this.update();
  }

  #raises(queue: CompletionQueue | undefined): boolean {
    if (queue?.vector === undefined || !queue.hasEntries) return false;
    if (queue.id !== 0 && this.#coalescing.isWaiting(queue.vector)) return false;
    return queue.vector >= 32 || (this.#mask & (1 << queue.vector)) === 0;
  }
}
