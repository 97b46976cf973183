/** Numbers for objects, from 1 in the order they are first asked for. 0 stands for none. */
export class Numbers<T extends object> {
  readonly #numbers = new WeakMap<T, number>();
  #last = 0;
  /** What was asked for last: calls in a row are about the same. */
  #recent: T | undefined;
  #recentNumber = 0;

  /** @param introduce called with the number of an object that is new */
  of(object: T, introduce?: (number: number) => void): number {
    if (object === this.#recent) return this.#recentNumber;
    let number = this.#numbers.get(object);
    if (number === undefined) {
      number = this.take();
      this.#numbers.set(object, number);
      introduce?.(number);
    }
    this.#recent = object;
    this.#recentNumber = number;
    return number;
  }

  /** A number for an object that is yet to be made. */
  take(): number {
    this.#last += 1;
    return this.#last;
  }

  /** The object that `number` was taken for. */
  set(object: T, number: number): void {
    this.#numbers.set(object, number);
  }
}
