/**
 * What has to be looked at because nobody tells: words of device memory that clients map and write
 * with plain stores. The embedder's loop calls `poll` between system calls.
 */

import type { Channel } from './channel.js';
import type { Turn } from './diagnostics.js';

/** Looks once. True: there was something to do, so look again soon. */
export type Poller = () => boolean;

export class Pollers {
  readonly #pollers = new Set<Poller>();
  readonly #turns: Channel<Turn> | undefined;

  /** @param turns told before and after each look at everything */
  constructor(turns?: Channel<Turn>) {
    this.#turns = turns;
  }

  get size(): number {
    return this.#pollers.size;
  }

  /** Adds a poller; returns what removes it. */
  add(poller: Poller): () => void {
    this.#pollers.add(poller);
    return () => this.#pollers.delete(poller);
  }

  /** Looks once at everything. Whether anything was to do. */
  poll(): boolean {
    let worked = false;
    this.#turns?.publish?.('poll');
    for (const poller of this.#pollers) if (poller()) worked = true;
    this.#turns?.publish?.(worked ? 'worked' : 'polled');
    return worked;
  }
}
