/** Chains of capabilities behind the structs of information requests (`vfio_info_cap_*`). */
import { InfoCapHeader } from '../uapi/vfio.js';

/** One capability without its header's link. */
export interface InfoCapability {
  readonly id: number;
  readonly version: number;
  /** What follows the header. */
  readonly body: Uint8Array;
}

/** Lays capabilities out one behind the other, to stand `start` bytes into what the user gets. */
export function encodeCapabilities(
  capabilities: readonly InfoCapability[],
  start: number,
): Uint8Array {
  const sizes = capabilities.map(({ body }) => alignedSize(InfoCapHeader.size + body.length));
  const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  capabilities.forEach(({ id, version, body }, i) => {
    const end = at + (sizes[i] ?? 0);
    const next = i + 1 < capabilities.length ? start + end : 0;
    InfoCapHeader.encode(view, { id, version, next }, at);
    bytes.set(body, at + InfoCapHeader.size);
    at = end;
  });
  return bytes;
}

function alignedSize(size: number): number {
  return Math.ceil(size / 8) * 8;
}
