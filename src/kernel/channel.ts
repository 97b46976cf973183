/**
 * A channel from those who know to those who want to know. Publishers write
 * `channel.publish?.(message)`: while nobody listens that is one look at a field, and the message is not
 * even made.
 */
export class Channel<Message> {
  /** Tells all subscribers; absent while there are none. */
  publish: ((message: Message) => void) | undefined;
  #subscribers: readonly ((message: Message) => void)[] = [];

  /**
   * Calls `listener` with each message from now on, at the moment it is published, in order of
   * subscription. It must not throw, and must not keep bytes of a message beyond the call.
   * @returns ends the subscription
   */
  subscribe(listener: (message: Message) => void): () => void {
    this.#set([...this.#subscribers, listener]);
    return () => this.#set(this.#subscribers.filter((each) => each !== listener));
  }

  #set(subscribers: readonly ((message: Message) => void)[]): void {
    this.#subscribers = subscribers;
    const [first] = subscribers;
    if (first === undefined) this.publish = undefined;
    else if (subscribers.length === 1) this.publish = first;
    else {
      this.publish = (message) => {
        for (const subscriber of subscribers) subscriber(message);
      };
    }
  }
}
