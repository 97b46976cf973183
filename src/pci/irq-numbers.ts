/**
 * Irq numbers of message signalled interrupts, the lowest free ones, as the kernel gives them out, and
 * the messages that devices are told to send for them.
 */

/** What a device writes, and where, to interrupt. */
export interface Message {
  readonly address: number;
  readonly data: number;
}

/** Where processors take interrupt messages (Intel SDM 3A §11.11). */
const MESSAGE_WINDOW = 0xfee0_0000;

/** Message in remappable format, its handle's index valid (Intel VT-d 3.0 §5.1.2.2). */
const REMAPPABLE = 0x18;
const HANDLE_SHIFT = 5;
/** Handles begin below the first irq: pins of the interrupt controller have them as well. */
const IRQ_OF_HANDLE_0 = 6;

/** The first vector that devices are given. */
const FIRST_VECTOR = 0x20;

export class IrqNumbers {
  readonly #used = new Set<number>();
  readonly #first: number;
  readonly #isRemapped: boolean;

  /** @param options the lowest number given out; whether an IOMMU remaps interrupts */
  constructor(options: { readonly first: number; readonly isRemapped: boolean }) {
    this.#first = options.first;
    this.#isRemapped = options.isRemapped;
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

  /** The message for a number. */
  messageFor(irq: number): Message {
    if (this.#isRemapped) {
      const handle = irq - IRQ_OF_HANDLE_0;
      return { address: (MESSAGE_WINDOW | REMAPPABLE | (handle << HANDLE_SHIFT)) >>> 0, data: 0 };
    }
    return { address: MESSAGE_WINDOW, data: (FIRST_VECTOR + irq) & 0xff };
  }
}
