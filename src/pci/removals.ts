/** Removals of functions, one after the other: what `pci_lock_rescan_remove` is there for. */

export class Removals {
  #current: Promise<void> | undefined;

  /** Ends, whatever comes of it, with the removal that is under way; undefined when there is none. */
  get current(): Promise<void> | undefined {
    return this.#current;
  }

  /**
   * Removes something when its turn has come.
   * @param isNeeded asked then: somebody else may have been first
   */
  async run(isNeeded: () => boolean, remove: () => Promise<void>): Promise<void> {
    while (this.#current !== undefined) await this.#current;
    if (!isNeeded()) return;
    const removed = remove();
    const end = (): void => {
      this.#current = undefined;
    };
    this.#current = removed.then(end, end);
    await removed;
  }
}
