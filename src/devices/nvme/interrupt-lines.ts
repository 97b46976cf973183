/**
 * Interrupts of completion queues: a message a queue's vector with MSI-X, else the INTx line, raised
 * while any queue has entries and its vector is not masked (NVM Express 1.4 §7.5).
 */
import type { Interrupts } from '../../pci/interrupts.js';
import type { CompletionQueue, Queues } from './queues.js';

/** Vectors of MSI-X: the admin queue's, and one for each I/O queue. */
export const VECTORS = 65;

export class InterruptLines {
  /** INTMS and INTMC: vectors that do not raise the line. */
  mask = 0;
  readonly #interrupts: Interrupts;
  readonly #queues: Queues;

  constructor(interrupts: Interrupts, queues: Queues) {
    this.#interrupts = interrupts;
    this.#queues = queues;
  }

  get hasMessages(): boolean {
    return this.#interrupts.isMsixEnabled;
  }

  /** Entries were put into a queue. */
  posted({ vector }: CompletionQueue): void {
    if (vector === undefined) return;
    if (this.hasMessages) this.#interrupts.msix(vector);
    else this.update();
  }

  /** Something changed that the line depends on. */
  update(): void {
    const isRaised =
      !this.hasMessages && this.#queues.completion.some((queue) => this.#raises(queue));
    if (isRaised !== this.#interrupts.isIntxPending) this.#interrupts.setIntx(isRaised);
  }

  #raises(queue: CompletionQueue | undefined): boolean {
    if (queue?.vector === undefined || !queue.hasEntries) return false;
    return queue.vector >= 32 || (this.mask & (1 << queue.vector)) === 0;
  }
}
