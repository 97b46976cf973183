/** Sets of I/O virtual addresses: what an IOMMU can translate, as ordered ranges of whole pages. */

/** Pages [first, end). */
export interface IovaRange {
  /** Number of the first page. */
  readonly first: number;
  /** Number of the page behind the last. */
  readonly end: number;
}

/** What is in `ranges` and not in `hole`. */
export function excludeRange(ranges: readonly IovaRange[], hole: IovaRange): IovaRange[] {
  return ranges.flatMap(({ first, end }) =>
    [
      { first, end: Math.min(end, hole.first) },
      { first: Math.max(first, hole.end), end },
    ].filter((range) => range.first < range.end),
  );
}

/** What is in both. */
export function intersectRanges(
  left: readonly IovaRange[],
  right: readonly IovaRange[],
): IovaRange[] {
  return left.flatMap((a) =>
    right
      .map((b) => ({ first: Math.max(a.first, b.first), end: Math.min(a.end, b.end) }))
      .filter((range) => range.first < range.end),
  );
}

/** Whether all pages of [first, end) are within one of the ranges. */
export function rangesContain(ranges: readonly IovaRange[], first: number, end: number): boolean {
  return ranges.some((range) => range.first <= first && end <= range.end);
}
