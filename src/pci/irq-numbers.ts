/** Irq numbers of message signalled interrupts: the lowest free ones, as the kernel gives them out. */

export class IrqNumbers {
  readonly #used = new Set<number>();
  readonly #first: number;

  /** @param first the lowest number given out, above those of interrupt controllers' pins */
  constructor(first: number) {
    this.#first = first;
  }

  /** Takes `count` numbers. */
  allocate(count: number): number[] {
    const numbers: number[] = [];
    for (let number = this.#first; numbers.length < count; number++) {
      if (this.#used.has(number)) continue;
      this.#used.add(number);
      numbers.push(number);
    }
    return numbers;
  }

  /** Gives numbers back. */
  free(numbers: readonly number[]): void {
    for (const number of numbers) this.#used.delete(number);
  }
}
