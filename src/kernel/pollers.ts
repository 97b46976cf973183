/**
 * What has to be looked at because nobody tells: words of device memory that clients map and write
 * with plain stores. The embedder's loop calls `poll` between system calls.
 */

import type { Channel } from './channel.js';
import type { Turn } from './diagnostics.js';

/** Looks once. True: there was something to do, so look again soon. */
export type Poller = () => boolean;

export class Pollers {
  /**
   * Whether a look ends with the first that had something to do; the next one goes on behind it. So whoever
   * looks has to wait for the work of one only.
   */
  endsWithWork = false;
  readonly #pollers: Poller[] = [];
  readonly #turns: Channel<Turn> | undefined;
  /** Whose turn it is. */
  #next = 0;

  /** @param turns told before and after each look at everything */
  constructor(turns?: Channel<Turn>) {
    this.#turns = turns;
  }

  get size(): number {
    return this.#pollers.length;
  }

  /** Adds a poller; returns what removes it. */
  add(poller: Poller): () => void {
    this.#pollers.push(poller);
    return () => {
      const index = this.#pollers.indexOf(poller);
      if (index < 0) return;
      this.#pollers.splice(index, 1);
      if (index < this.#next) this.#next -= 1;
    };
  }

  /** Looks once, at everything unless a look ends with work. Whether anything was to do. */
  poll(): boolean {
    let worked = false;
    this.#turns?.publish?.('poll');
    for (let left = this.#pollers.length; left > 0; left--) {
      if (this.#next >= this.#pollers.length) this.#next = 0;
      const poller = this.#pollers[this.#next++];
      if (poller?.() !== true) continue;
      worked = true;
      if (this.endsWithWork) break;
    }
    this.#turns?.publish?.(worked ? 'worked' : 'polled');
    return worked;
  }
}
