/**
 * Capability chains: what device, region and IOMMU info carry behind their fixed part
 * (`struct vfio_info_cap_header`). Each link's `next` is an offset from the beginning of the info.
 */
import { InfoCapHeader } from '../uapi/vfio.js';

/** One link of a chain. */
export interface Capability {
  readonly id: number;
  readonly version: number;
  /** From the header of this capability to the end of the info. */
  readonly view: DataView;
}

/** The capabilities of an info, from the one at `first` on (0: none). Ends at a link that leads back. */
export function capabilities(info: DataView, first: number): Capability[] {
  const found: Capability[] = [];
  const seen = new Set<number>();
  let at = first;
  while (at >= InfoCapHeader.size && at + InfoCapHeader.size <= info.byteLength && !seen.has(at)) {
    seen.add(at);
    const { id, version, next } = InfoCapHeader.decode(info, at);
    const view = new DataView(info.buffer, info.byteOffset + at, info.byteLength - at);
    found.push({ id, version, view });
    at = next;
  }
  return found;
}
