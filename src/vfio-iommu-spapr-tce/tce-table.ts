/** A table of translation control entries: one DMA window (`struct iommu_table`). */

/** What a table is made with. */
export interface TceTableShape {
  /** log2 of the bytes that an entry maps. */
  readonly pageShift: number;
  /** Bytes, a power of two. */
  readonly windowSize: bigint;
  readonly levels: number;
}

export interface TceTable extends TceTableShape {
  /** Bus address of the window. */
  readonly start: bigint;
  /** Pages of memory that the table itself takes, counted as locked. */
  readonly lockedPages: number;
}

/** An entry, as a power of two of bytes. */
const ENTRY_SHIFT = 3;
const SMALLEST_LEVEL_SHIFT = 12;

/** Whether a bus address is in a table's window. */
export function isInWindow({ start, windowSize }: TceTable, address: bigint): boolean {
  return start <= address && address < start + windowSize;
}

/**
 * Bytes that a table takes, all levels, and the copy of it with user addresses; 0 when there can be no
 * such table.
 */
export function tableSize(
  { pageShift, windowSize, levels }: TceTableShape,
  maximumLevels: number,
): number {
  const isPowerOfTwo = windowSize > 0n && (windowSize & (windowSize - 1n)) === 0n;
  if (levels < 1 || levels > maximumLevels || !isPowerOfTwo) return 0;
  const entriesShift = Math.log2(Number(windowSize)) - pageShift;
  if (entriesShift < 0) return 0;
  const levelEntriesShift = Math.ceil(entriesShift / levels);
  const level = 2 ** Math.max(levelEntriesShift + ENTRY_SHIFT, SMALLEST_LEVEL_SHIFT);
  let bytes = 0;
  let size = 2 ** (entriesShift + ENTRY_SHIFT);
  for (let left = levels; left > 0; left--) {
    bytes += Math.ceil(size / level) * level;
    size = Math.max((size / level) * 2 ** ENTRY_SHIFT, level);
  }
  return 2 * bytes;
}
