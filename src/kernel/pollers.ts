/**
 * What has to be looked at because nobody tells: words of device memory that clients map and write
 * with plain stores. The embedder's loop calls `poll` between system calls.
 */

/** Looks once. True: there was something to do, so look again soon. */
export type Poller = () => boolean;

export class Pollers {
  readonly #pollers = new Set<Poller>();

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
    for (const poller of this.#pollers) if (poller()) worked = true;
    return worked;
  }
}
