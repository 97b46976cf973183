/** The IOMMU of a machine, as its description has it. */
import type { IommuOptions, ReservedRegion } from '../iommu/iommu.js';
import type { IommuDescription } from './description.js';
import type { DescriptionProblem } from './description-error.js';

const RANGE = /^(0x[0-9a-f]+|\d+)\s*-\s*(0x[0-9a-f]+|\d+)$/i;
const PAGE_SIZE = 4096;

/** The window where processors take interrupt messages: never translated (Intel SDM 3A §11.11). */
const MSI_WINDOW: ReservedRegion = { start: 0xfee0_0000n, end: 0xfeef_ffffn, type: 'msi' };

/** What to build the IOMMU from; what is wrong with it is added to the problems. */
export function planIommu(
  description: IommuDescription,
  problems: DescriptionProblem[],
): IommuOptions {
  const { addressBits, pageSizes, cacheCoherent, interruptRemapping } = description;
  const options: { -readonly [Key in keyof IommuOptions]: IommuOptions[Key] } = {};
  if (addressBits !== undefined) options.addressBits = addressBits;
  if (pageSizes !== undefined) options.pageSizes = checkedPageSizes(pageSizes, problems);
  if (description.reserved !== undefined) {
    options.reservedRegions = [MSI_WINDOW, ...reservedRegions(description.reserved, problems)];
  }
  if (cacheCoherent !== undefined) options.isCacheCoherent = cacheCoherent;
  if (interruptRemapping !== undefined) options.hasInterruptRemapping = interruptRemapping;
  if (description.nesting !== undefined) options.hasNesting = description.nesting;
  if (description.dirtyTracking !== undefined) {
    options.hasDirtyTracking = description.dirtyTracking;
  }
  return options;
}

function checkedPageSizes(
  sizes: readonly number[],
  problems: DescriptionProblem[],
): readonly number[] {
  for (const [index, size] of sizes.entries()) {
    if (Number.isInteger(Math.log2(size)) && size >= PAGE_SIZE) continue;
    const fix = 'take 4096 or a larger power of two';
    problems.push({ path: ['iommu', 'pageSizes', index], text: `${size} is no page size`, fix });
  }
  if (!sizes.includes(PAGE_SIZE)) {
    const text = 'programs need pages of 4096 bytes';
    problems.push({ path: ['iommu', 'pageSizes'], text, fix: 'add 4096' });
  }
  return sizes;
}

function reservedRegions(
  ranges: readonly string[],
  problems: DescriptionProblem[],
): ReservedRegion[] {
  return ranges.flatMap((text, index) => {
    const region = parseRange(text);
    if (typeof region !== 'string') return [region];
    problems.push({ path: ['iommu', 'reserved', index], text: region });
    return [];
  });
}

/** Reads `0x0-0xffff`. A text that comes back says what is wrong. */
function parseRange(text: string): ReservedRegion | string {
  const [, first, last] = RANGE.exec(text.trim()) ?? [];
  if (first === undefined || last === undefined) {
    return `'${text}' is no range: write both ends, as 0xa0000-0xbffff`;
  }
  const start = BigInt(first);
  const end = BigInt(last);
  if (end < start) return `'${text}' ends before it begins`;
  if (end >= 1n << 64n) return `'${text}' ends beyond 64 bits`;
  const pageSize = BigInt(PAGE_SIZE);
  if (start % pageSize !== 0n || (end + 1n) % pageSize !== 0n) {
    return `'${text}' is not made of whole pages: begin at 0x…000 and end at 0x…fff`;
  }
  return { start, end, type: 'reserved' };
}
