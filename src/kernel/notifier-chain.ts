/** A list of callbacks told of events, in the order they were registered (`notifier_chain`). */

export type Notifier<Event> = (event: Event) => void;

export class NotifierChain<Event> {
  readonly #notifiers: Notifier<Event>[] = [];

  /** How many callbacks are registered. */
  get size(): number {
    return this.#notifiers.length;
  }

  register(notifier: Notifier<Event>): void {
    this.#notifiers.push(notifier);
  }

  unregister(notifier: Notifier<Event>): void {
    const index = this.#notifiers.indexOf(notifier);
    if (index >= 0) this.#notifiers.splice(index, 1);
  }

  /** Calls everyone registered when the event happened, even if some unregister meanwhile. */
  notify(event: Event): void {
    if (this.#notifiers.length === 1) {
      (this.#notifiers[0] as Notifier<Event>)(event);
      return;
    }
    for (const notifier of [...this.#notifiers]) notifier(event);
  }
}
