/** Regions of a device's file: where in the file they begin, and which of them can be mapped. */
import type { Bar } from '../pci/bar.js';
import type { PciFunction } from '../pci/function.js';
import { PAGE_SIZE } from '../uapi/file.js';
import { VFIO_PCI_OFFSET_SHIFT } from '../uapi/vfio.js';

/** Bytes of file offset that a region has for itself. */
const REGION_SPAN = 2 ** VFIO_PCI_OFFSET_SHIFT;

/** A place in the file of a device. */
export interface RegionPosition {
  /** `VFIO_PCI_…_REGION_INDEX`, or beyond. */
  readonly index: number;
  /** Bytes from the region's beginning. */
  readonly offset: number;
}

/** The region that a file offset is in. */
export function regionPosition(fileOffset: number): RegionPosition {
  const index = Math.floor(fileOffset / REGION_SPAN);
  return { index, offset: fileOffset - index * REGION_SPAN };
}

/**
 * Whether users may map a BAR: shared memory, in pages of its own. A BAR smaller than a page is
 * mapped with the rest of its page, so nothing else may be there.
 */
export function isBarMappable(pci: PciFunction, bar: Bar): boolean {
  if (!bar.isMappable || !bar.isMemory) return false;
  if (bar.size >= PAGE_SIZE) return true;
  if (bar.address % BigInt(PAGE_SIZE) !== 0n) return false;
  return !pci.bus.functions.some((member) =>
    member.bars.some((other) => other !== undefined && other !== bar && isInPageOf(other, bar)),
  );
}

function isInPageOf(other: Bar, bar: Bar): boolean {
  if (!other.isMemory) return false;
  const end = other.address + BigInt(other.size);
  return end > bar.address && other.address < bar.address + BigInt(PAGE_SIZE);
}
