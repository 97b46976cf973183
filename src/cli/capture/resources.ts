/**
 * The file `resource` of a PCI function in sysfs: address range and flags (linux/ioport.h) of each BAR,
 * then of the ROM. Sizes are nowhere else: configuration space has only addresses.
 */
import type { BarKind } from '../../pci/bar.js';
import type { CapturedBar } from './captured-function.js';

const IORESOURCE_IO = 0x100n;
const IORESOURCE_MEM = 0x200n;
const IORESOURCE_PREFETCH = 0x2000n;
const IORESOURCE_MEM_64 = 0x100000n;
/** Of an I/O range: not a BAR's, but where IDE controllers have always been. */
const IORESOURCE_PCI_FIXED = 0x10n;

const BARS = 6;

/** What the file says of BARs and ROM. @returns `romSize` 0 for no ROM */
export function parseResources(text: string): { bars: CapturedBar[]; romSize: number } {
  const bars: CapturedBar[] = [];
  let romSize = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const [start = 0n, end = 0n, flags = 0n] = line.split(' ').filter(Boolean).map(BigInt);
    const kind = kindOf(flags);
    if (kind === undefined || end < start) continue;
    const size = Number(end - start + 1n);
    const isPrefetchable = kind !== 'io' && (flags & IORESOURCE_PREFETCH) !== 0n;
    if (index < BARS) bars.push({ index, kind, isPrefetchable, size, address: start });
    else if (index === BARS) romSize = size;
  }
  return { bars, romSize };
}

function kindOf(flags: bigint): BarKind | undefined {
  if ((flags & IORESOURCE_IO) !== 0n) {
    return (flags & IORESOURCE_PCI_FIXED) === 0n ? 'io' : undefined;
  }
  if ((flags & IORESOURCE_MEM) === 0n) return undefined;
  return (flags & IORESOURCE_MEM_64) === 0n ? 'memory32' : 'memory64';
}
