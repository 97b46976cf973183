// Things by the names a trace gives them.
import { TraceError } from './trace.js';

export class Names<T> {
  readonly #kind: string;
  readonly #things = new Map<string, T>();

  /** @param kind what the things are, for messages */
  constructor(kind: string) {
    this.#kind = kind;
  }

  /** @throws TraceError when nothing has the name */
  get(name: string): T {
    const thing = this.#things.get(name);
    if (thing === undefined) throw new TraceError(`there is no ${this.#kind} named ${name}`);
    return thing;
  }

  find(name: string): T | undefined {
    return this.#things.get(name);
  }

  /** @throws TraceError when the name is taken */
  set(name: string, thing: T): T {
    if (this.#things.has(name))
      throw new TraceError(`there is a ${this.#kind} named ${name} already`);
    this.#things.set(name, thing);
    return thing;
  }

  [Symbol.iterator](): IterableIterator<[string, T]> {
    return this.#things.entries();
  }
}
