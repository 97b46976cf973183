/**
 * Moves bytes between one buffer and the pieces of memory that an access of a device was translated to,
 * with one transfer for all pieces that follow each other in one memory, where the memory can do that.
 */
import type { DmaMemory, DmaSegment, IovaRange } from './iommu-domain.js';

/** @returns the bytes moved before the first piece that could not be, and all when there is none */
export function transferSegments(
  segments: readonly DmaSegment[],
  bytes: Uint8Array,
  isWrite: boolean,
): number {
  let done = 0;
  for (let first = 0; first < segments.length; ) {
    const { memory } = segments[first] as DmaSegment;
    let end = first;
    let length = 0;
    for (; segments[end]?.memory === memory; end++) length += segments[end]?.length ?? 0;
    const run = end - first === segments.length ? segments : segments.slice(first, end);
    const part = length === bytes.length ? bytes : bytes.subarray(done, done + length);
    if (!transferAtOnce(memory, run, part, isWrite)) {
      const moved = transferEach(run, part, isWrite);
      if (moved < length) return done + moved;
    }
    done += length;
    first = end;
  }
  return done;
}

/** Whether all was moved: false also when the memory takes one piece at a time. */
function transferAtOnce(
  memory: DmaMemory,
  segments: readonly DmaSegment[],
  bytes: Uint8Array,
  isWrite: boolean,
): boolean {
  if (segments.length === 1) return false;
  return (isWrite ? memory.writev?.(segments, bytes) : memory.readv?.(segments, bytes)) === true;
}

function transferEach(
  segments: readonly DmaSegment[],
  bytes: Uint8Array,
  isWrite: boolean,
): number {
  let done = 0;
  for (const { memory, address, length } of segments) {
    const part = length === bytes.length ? bytes : bytes.subarray(done, done + length);
    if (!(isWrite ? memory.write(address, part) : memory.read(address, part))) return done;
    done += length;
  }
  return done;
}

/** Where byte `offset` of ranges that follow each other is. */
export function iovaAt(ranges: readonly IovaRange[], offset: number): bigint {
  let left = offset;
  for (const { iova, length } of ranges) {
    if (left < length) return iova + BigInt(left);
    left -= length;
  }
  throw new RangeError(`the ranges have no byte ${offset}`);
}
