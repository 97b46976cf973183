/**
 * Where the data of small transfers lies for the time of a batch of commands, so that all of it goes to the
 * host, or comes from there, together: for a block or two, an access to the host's memory costs as much as all
 * else.
 */
import type { IovaRange } from '../../iommu/iommu-domain.js';
import type { Dma } from '../../pci/dma.js';

const CAPACITY = 256 * 1024;
/** What is longer costs so much by itself that going together brings nothing. */
const LONGEST = 32 * 1024;

export class Staging {
  readonly #bytes = new Uint8Array(CAPACITY);
  /** Where the data lies in the host's memory, in the order in which it lies here. */
  readonly #lists: (readonly IovaRange[])[] = [];
  #used = 0;

  /** Room for data, which `add` takes; undefined: it has to go by itself. */
  room(length: number): Uint8Array | undefined {
    if (length > LONGEST || this.#used + length > CAPACITY) return undefined;
    return this.#bytes.subarray(this.#used, this.#used + length);
  }

  /** The room of this length is for data that lies in these ranges. */
  add(length: number, ranges: readonly IovaRange[]): void {
    this.#lists.push(ranges);
    this.#used += length;
  }

  /** Writes all to the host. @returns for each, in the order of `add`, whether it has arrived */
  send(dma: Dma): readonly boolean[] {
    return dma.writeEach(this.#lists.splice(0), this.#take());
  }

  /** Reads all from the host. @returns for each, in the order of `add`, whether it is here */
  receive(dma: Dma): readonly boolean[] {
    return dma.readEach(this.#lists.splice(0), this.#take());
  }

  /** What was added; its place is free for what comes next. */
  #take(): Uint8Array {
    const bytes = this.#bytes.subarray(0, this.#used);
    this.#used = 0;
    return bytes;
  }
}
