/** Small numbers for the few objects that many mappings lead to, for as long as mappings do. */

export class MemoryRegistry<T extends object> {
  readonly #numbers = new Map<T, number>();
  readonly #memories: (T | undefined)[] = [];
  readonly #users: number[] = [];
  readonly #free: number[] = [];
  #last: T | undefined;
  #lastNumber = 0;

  /** The number of a memory, which one more mapping leads to. */
  take(memory: T): number {
    const number = memory === this.#last ? this.#lastNumber : this.#numberOf(memory);
    this.#users[number] = (this.#users[number] as number) + 1;
    return number;
  }

  /** One mapping less leads to the memory of this number; after the last it is forgotten. */
  give(number: number): void {
    const users = (this.#users[number] as number) - 1;
    this.#users[number] = users;
    if (users > 0) return;
    const memory = this.get(number);
    this.#numbers.delete(memory);
    this.#memories[number] = undefined;
    this.#free.push(number);
    if (memory === this.#last) this.#last = undefined;
  }

  get(number: number): T {
    const memory = this.#memories[number];
    if (memory === undefined) throw new Error(`no memory has the number ${number}`);
    return memory;
  }

  clear(): void {
    this.#numbers.clear();
    this.#memories.length = 0;
    this.#users.length = 0;
    this.#free.length = 0;
    this.#last = undefined;
  }

  #numberOf(memory: T): number {
    let number = this.#numbers.get(memory);
    if (number === undefined) {
      number = this.#free.pop() ?? this.#memories.length;
      this.#numbers.set(memory, number);
      this.#memories[number] = memory;
      this.#users[number] = 0;
    }
    this.#last = memory;
    this.#lastNumber = number;
    return number;
  }
}
