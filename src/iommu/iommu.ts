/**
 * IOMMU hardware as a machine description has it: which addresses it translates, in which page
 * sizes, and what else it can do. The defaults are those of the recorded machine: an Intel IOMMU
 * with 39 address bits under Linux 6.1.
 */
import { PAGE_SIZE } from '../uapi/file.js';
import { excludeRange, type IovaRange } from './iova-ranges.js';

/** Addresses that DMA can't use, and why (`struct iommu_resv_region`). */
export interface ReservedRegion {
  readonly start: bigint;
  /** The last address. */
  readonly end: bigint;
  /** As `reserved_regions` in sysfs says it. */
  readonly type: 'msi' | 'direct' | 'direct-relaxable' | 'reserved';
}

/** What can be said of an IOMMU. */
export interface IommuOptions {
  /** The name in `/sys/class/iommu`. Default: `dmar0`. */
  readonly name?: string;
  /** Bits of an I/O virtual address. Default: 39. */
  readonly addressBits?: number;
  /** Default: the window where the processor takes interrupt messages, 0xfee00000–0xfeefffff. */
  readonly reservedRegions?: readonly ReservedRegion[];
  /** Page sizes in bytes, powers of two, 4 KiB among them. Default: 4 KiB, 2 MiB, 1 GiB. */
  readonly pageSizes?: readonly number[];
  /** Whether DMA can be made coherent with processor caches (DMA_CC). Default: no. */
  readonly isCacheCoherent?: boolean;
  /** Whether interrupts are remapped, so that devices can't forge them. Default: yes. */
  readonly hasInterruptRemapping?: boolean;
  /** Whether domains can be nested for guests (TYPE1_NESTING). Default: no. */
  readonly hasNesting?: boolean;
  /** Whether mappings can be writable and not readable. Default: no; then writing implies reading. */
  readonly hasWriteOnlyMappings?: boolean;
  /** Whether it notes which pages devices write. Default: no; then all mapped pages count as written. */
  readonly hasDirtyTracking?: boolean;
}

const MSI_WINDOW: ReservedRegion = Object.freeze({
  start: 0xfee0_0000n,
  end: 0xfeef_ffffn,
  type: 'msi',
});

/** One IOMMU. */
export class Iommu {
  readonly name: string;
  /** Bits of an I/O virtual address. */
  readonly addressBits: number;
  readonly reservedRegions: readonly ReservedRegion[];
  /** The page sizes, as the bits of a mask. */
  readonly pageSizeMask: bigint;
  readonly isCacheCoherent: boolean;
  readonly hasInterruptRemapping: boolean;
  readonly hasNesting: boolean;
  readonly hasWriteOnlyMappings: boolean;
  readonly hasDirtyTracking: boolean;
  /** What it can translate: the aperture without the regions that stay reserved for users. */
  readonly validRanges: readonly IovaRange[];

  constructor(options: IommuOptions = {}) {
    const { addressBits = 39, pageSizes = [PAGE_SIZE, 2 ** 21, 2 ** 30] } = options;
    this.name = options.name ?? 'dmar0';
    this.addressBits = addressBits;
    this.reservedRegions = options.reservedRegions ?? [MSI_WINDOW];
    this.pageSizeMask = pageSizes.reduce((mask, size) => mask | BigInt(size), 0n);
    this.isCacheCoherent = options.isCacheCoherent ?? false;
    this.hasInterruptRemapping = options.hasInterruptRemapping ?? true;
    this.hasNesting = options.hasNesting ?? false;
    this.hasWriteOnlyMappings = options.hasWriteOnlyMappings ?? false;
    this.hasDirtyTracking = options.hasDirtyTracking ?? false;
    const aperture: IovaRange = { first: 0, end: 2 ** addressBits / PAGE_SIZE };
    this.validRanges = this.reservedRegions
      .filter(({ type }) => type !== 'direct-relaxable')
      .reduce((ranges, region) => excludeRange(ranges, pagesOf(region)), [aperture]);
  }
}

/** The pages a region touches. */
function pagesOf({ start, end }: ReservedRegion): IovaRange {
  const pageSize = BigInt(PAGE_SIZE);
  return { first: Number(start / pageSize), end: Number(end / pageSize) + 1 };
}
