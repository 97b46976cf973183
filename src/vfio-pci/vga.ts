/**
 * The VGA region: legacy memory and ports at their old addresses. Only these ranges are there; no
 * model here answers them, so they behave as a bus without a VGA device.
 */

/** Bytes, up to the end of the legacy frame buffer. */
export const VGA_REGION_SIZE = 0xc0000;

const RANGES = [
  { start: 0xa0000, end: 0xc0000 },
  { start: 0x3b0, end: 0x3bc },
  { start: 0x3c0, end: 0x3e0 },
] as const;

/** Where the range of legacy addresses ends that an offset of the region is in, if it is in one. */
export function vgaRangeEnd(offset: number): number | undefined {
  return RANGES.find(({ start, end }) => offset >= start && offset < end)?.end;
}
