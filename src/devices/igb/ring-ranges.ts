/** Where descriptors of a ring are. */
import type { IovaRange } from '../../iommu/iommu-domain.js';

const DESCRIPTOR_BYTES = 16;

/**
 * The ranges that descriptors take from a place on: two where the ring begins anew between them.
 * @param ring where it is, and its descriptors
 */
export function ringRanges(
  ring: { readonly base: bigint; readonly size: number },
  place: number,
  count: number,
): IovaRange[] {
  const straight = Math.min(count, ring.size - place);
  const iova = ring.base + BigInt(place * DESCRIPTOR_BYTES);
  const ranges = [{ iova, length: straight * DESCRIPTOR_BYTES }];
  const rest = count - straight;
  if (rest > 0) ranges.push({ iova: ring.base, length: rest * DESCRIPTOR_BYTES });
  return ranges;
}
