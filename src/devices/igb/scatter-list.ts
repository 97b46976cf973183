/**
 * Pieces of one transfer between host memory and a buffer of the controller's. Made once and used again: bursts
 * of small packets cost one access (`Dma.readv`) where their data follow each other in the buffer.
 */
import type { IovaRange } from '../../iommu/iommu-domain.js';
import type { Dma } from '../../pci/dma.js';

interface Piece {
  iova: bigint;
  length: number;
  /** Where it is in the buffer. */
  offset: number;
  hasFailed: boolean;
}

export class ScatterList {
  readonly #pieces: readonly Piece[];
  readonly #run: IovaRange[] = [];
  #count = 0;
  #failures = 0;

  /** @param capacity pieces that it can have */
  constructor(capacity: number) {
    const piece = () => ({ iova: 0n, length: 0, offset: 0, hasFailed: false });
    this.#pieces = Array.from({ length: capacity }, piece);
  }

  /** Pieces in it. */
  get count(): number {
    return this.#count;
  }

  /** Adds a piece, which must have room. */
  add(iova: bigint, offset: number, length: number): void {
    const piece = this.#pieces[this.#count] as Piece;
    piece.iova = iova;
    piece.offset = offset;
    piece.length = length;
    this.#count += 1;
  }

  /** Takes pieces out, from one on. */
  truncate(count: number): void {
    this.#count = count;
  }

  /** Moves all from host memory. False: some pieces were not read, and their faults are reported. */
  read(dma: Dma, target: Uint8Array): boolean {
    return this.#move(dma, target, false);
  }

  /** Moves all to host memory. False as with `read`. */
  write(dma: Dma, source: Uint8Array): boolean {
    return this.#move(dma, source, true);
  }

  /** Whether the last transfer could not move a piece. */
  hasFailed(index: number): boolean {
    return this.#failures > 0 && this.#pieces[index]?.hasFailed === true;
  }

  #move(dma: Dma, bytes: Uint8Array, isWrite: boolean): boolean {
    this.#failures = 0;
    const run = this.#run;
    for (let first = 0; first < this.#count; ) {
      const start = (this.#pieces[first] as Piece).offset;
      let end = start;
      let next = first;
      run.length = 0;
      for (; next < this.#count; next++) {
        const piece = this.#pieces[next] as Piece;
        if (piece.offset !== end) break;
        end += piece.length;
        run.push(piece);
      }
      const part = bytes.subarray(start, end);
      if (!(isWrite ? dma.writev(run, part) : dma.readv(run, part))) {
        this.#moveEach(dma, bytes, { first, end: next, isWrite });
      }
      first = next;
    }
    return this.#failures === 0;
  }

  /** Finds out which pieces of those that did not move together can't be moved. */
  #moveEach(
    dma: Dma,
    bytes: Uint8Array,
    { first, end, isWrite }: { first: number; end: number; isWrite: boolean },
  ): void {
    // What failed before counts no longer.
    if (this.#failures === 0) for (const piece of this.#pieces) piece.hasFailed = false;
    for (let index = first; index < end; index++) {
      const piece = this.#pieces[index] as Piece;
      const { iova, offset, length } = piece;
      const part = bytes.subarray(offset, offset + length);
      piece.hasFailed = !(isWrite ? dma.write(iova, part) : dma.read(iova, part));
      if (piece.hasFailed) this.#failures += 1;
    }
  }
}
