/** What the type1 driver keeps for one container (`struct vfio_iommu`). */
import { DirtyLog } from '../iommu/dirty-log.js';
import type { FaultReporter } from '../iommu/fault-reporter.js';
import type { Iommu } from '../iommu/iommu.js';
import type { IommuGroup } from '../iommu/iommu-group.js';
import { type IovaRange, intersectRanges } from '../iommu/iova-ranges.js';
import { NONE } from '../iommu/page-index.js';
import { PagingDomain } from '../iommu/paging-domain.js';
import type { Kernel } from '../kernel/kernel.js';
import type { UserMemory } from '../kernel/user-memory.js';
import { PAGE_SIZE } from '../uapi/file.js';
import { isVaddrInvalid, lockedPages } from './mapping-state.js';
import { unlockPages } from './locked-memory.js';

/** What a container asks for when it is opened. */
export interface Type1Options {
  readonly kernel: Kernel;
  /** Whether mappings can't be cut when they are unmapped (TYPE1v2). */
  readonly isV2: boolean;
  readonly isNesting: boolean;
  /** Mappings it may hold. */
  readonly entryLimit: number;
  readonly faults: FaultReporter;
}

export class Type1Iommu {
  readonly kernel: Kernel;
  readonly isV2: boolean;
  readonly isNesting: boolean;
  /** The groups attached, with the IOMMU each is behind. */
  readonly groups = new Map<IommuGroup, Iommu>();
  readonly domain: PagingDomain<UserMemory>;
  /** Mappings that may still be made (`dma_avail`). */
  available: number;
  /** Mappings whose address in the user's memory is not valid just now. */
  invalidVaddrs = 0;
  /** What of dirty-page tracking is kept from one request to the next, while it is on. */
  dirtyLog: DirtyLog | undefined;
  /** What all the IOMMUs can translate. */
  validRanges: readonly IovaRange[] = [];
  /** The page sizes that all the IOMMUs have, as a mask of bytes. */
  pageSizeMask = 0n;

  constructor(options: Type1Options) {
    this.kernel = options.kernel;
    this.isV2 = options.isV2;
    this.isNesting = options.isNesting;
    this.available = options.entryLimit;
    const { mapping } = options.kernel.diagnostics;
    this.domain = new PagingDomain((fault) => options.faults.report(fault), mapping);
  }

  /** The smallest page, in bytes: what addresses and sizes are multiples of. */
  get pageSize(): number {
    const smallest = this.pageSizeMask & -this.pageSizeMask;
    return smallest === 0n ? PAGE_SIZE : Number(smallest);
  }

  /** The groups have changed: what all of them can do is found anew. */
  updateLimits(): void {
    const iommus = [...new Set(this.groups.values())];
    const [first, ...others] = iommus;
    this.validRanges = others.reduce(
      (ranges, iommu) => intersectRanges(ranges, iommu.validRanges),
      first?.validRanges ?? [],
    );
    this.pageSizeMask = others.reduce(
      (mask, iommu) => mask & iommu.pageSizeMask,
      first?.pageSizeMask ?? 0n,
    );
  }

  /** Whether the IOMMUs of all groups have some quality. */
  everyIommu(has: (iommu: Iommu) => boolean): boolean {
    return [...this.groups.values()].every(has);
  }

  /** Starts to note dirty pages: those that devices write, where the hardware can tell. */
  startDirtyLog(): void {
    this.dirtyLog = new DirtyLog();
    this.updateDirtyTracking();
  }

  stopDirtyLog(): void {
    this.dirtyLog = undefined;
    this.domain.dirtyLog = undefined;
  }

  /** Whether dirty pages are those written, and not all that are mapped. */
  get tracksWrites(): boolean {
    return this.everyIommu((iommu) => iommu.hasDirtyTracking);
  }

  /** To be called when tracking starts, and when groups come or go meanwhile. */
  updateDirtyTracking(): void {
    this.domain.dirtyLog = this.tracksWrites ? this.dirtyLog : undefined;
    this.domain.invalidate();
  }

  /** Unmaps one mapping and unlocks its memory. Returns its size in pages. */
  removeMapping(entry: number): number {
    const { domain } = this;
    const { mappings } = domain;
    const pages = mappings.pages(entry);
    this.#release(entry);
    this.dirtyLog?.delete(mappings.start(entry));
    domain.unmap(entry);
    this.available += 1;
    return pages;
  }

  /** Unmaps everything. */
  removeAllMappings(): void {
    const { domain } = this;
    const { mappings } = domain;
    for (let entry = mappings.firstFrom(0); entry !== NONE; entry = mappings.next(entry)) {
      this.#release(entry);
    }
    this.available += mappings.size;
    domain.unmapAll();
    if (this.dirtyLog !== undefined) this.startDirtyLog();
  }

  #release(entry: number): void {
    const { domain } = this;
    const state = domain.mappings.attachment(entry);
    unlockPages(domain.memoryOf(entry), lockedPages(state));
    if (isVaddrInvalid(state)) this.invalidVaddrs -= 1;
  }
}
