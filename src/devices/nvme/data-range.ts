/** Where data of a command lies in the host's memory, as PRPs and SGLs come to say it. */

export interface DataRange {
  /** Undefined: the bytes are not wanted (an SGL's bit bucket). */
  readonly iova: bigint | undefined;
  length: number;
}

/** Adds a range, to the last one where it follows it: a transfer takes as few accesses as can be. */
export function appendRange(ranges: DataRange[], iova: bigint, length: number): void {
  const last = ranges[ranges.length - 1];
  if (last?.iova !== undefined && last.iova + BigInt(last.length) === iova) {
    last.length += length;
  } else ranges.push({ iova, length });
}
