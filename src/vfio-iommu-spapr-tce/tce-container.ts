/** What the sPAPR TCE driver keeps for one container (`struct tce_container`). */
import type { FaultReporter } from '../iommu/fault-reporter.js';
import type { IommuGroup } from '../iommu/iommu-group.js';
import { pageOfIova } from '../iommu/iova.js';
import { NONE } from '../iommu/page-index.js';
import { PagingDomain } from '../iommu/paging-domain.js';
import { kernelError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Task } from '../kernel/task.js';
import type { UserMemory } from '../kernel/user-memory.js';
import { PAGE_SIZE } from '../uapi/file.js';
import type { PartitionableEndpoint, SpaprTceHardware } from './partitionable-endpoint.js';
import { forEachRegion, type RegisteredRegion } from './registered-memory.js';
import { isInWindow, type TceTable } from './tce-table.js';

/** A container has so many windows at most (`IOMMU_TABLE_GROUP_MAX_TABLES`). */
export const MAXIMUM_TABLES = 2;

/** What a container is made with. */
export interface TceContainerOptions {
  readonly kernel: Kernel;
  readonly isV2: boolean;
  readonly hardware: SpaprTceHardware;
  readonly faults: FaultReporter;
}

export class TceContainer {
  readonly kernel: Kernel;
  readonly isV2: boolean;
  readonly hardware: SpaprTceHardware;
  readonly groups = new Map<IommuGroup, PartitionableEndpoint>();
  readonly domain: PagingDomain<UserMemory>;
  /** The windows there are, by number. */
  readonly tables: (TceTable | undefined)[] = Array.from(
    { length: MAXIMUM_TABLES },
    () => undefined,
  );
  /** The window below 4 GiB is made when it is first needed. */
  isDefaultWindowPending = false;
  /** Whether memory can be mapped: v1 after ENABLE, v2 after memory was registered. */
  isEnabled = false;
  /** Pages that ENABLE has locked (v1). */
  enabledPages = 0;
  /** The memory registered by this container (v2). */
  readonly regions = new Set<RegisteredRegion>();
  /** Whose memory is mapped: that of the first who asked. */
  #memory: UserMemory | undefined;

  constructor(options: TceContainerOptions) {
    this.kernel = options.kernel;
    this.isV2 = options.isV2;
    this.hardware = options.hardware;
    const { mapping } = options.kernel.diagnostics;
    this.domain = new PagingDomain((fault) => options.faults.report(fault), mapping);
  }

  get memory(): UserMemory | undefined {
    return this.#memory;
  }

  /** Binds the container to the memory of the caller. @throws EPERM when it is another's */
  claim(task: Task): UserMemory {
    this.checkOwner(task);
    this.#memory = task.memory;
    return task.memory;
  }

  /** @throws EPERM when the container is bound to memory that is not the caller's */
  checkOwner(task: Task): void {
    if (this.#memory !== undefined && this.#memory !== task.memory) throw kernelError('EPERM');
  }

  /** The window that a bus address is in. */
  findTable(address: bigint): TceTable | undefined {
    return this.tables.find((table) => table !== undefined && isInWindow(table, address));
  }

  /** Unmaps exactly [iova, iova + size). */
  clear(iova: bigint, size: bigint): void {
    const page = pageOfIova(iova);
    const pages = pageOfIova(size);
    if (this.isV2) this.#uncount(page, pages);
    this.domain.unmapRange(page, pages);
  }

  /** Takes a window away, with all that is mapped in it. */
  dropTable(table: TceTable): void {
    this.clear(table.start, table.windowSize);
    this.tables[this.tables.indexOf(table)] = undefined;
    if (this.#memory !== undefined) this.#memory.lockedPages -= table.lockedPages;
  }

  /** What is mapped of [page, page + pages) no longer counts as mapped in its regions. */
  #uncount(page: number, pages: number): void {
    const { mappings } = this.domain;
    const end = page + pages;
    let entry = mappings.findOverlap(page, pages);
    for (; entry !== NONE && mappings.start(entry) < end; entry = mappings.next(entry)) {
      const start = mappings.start(entry);
      const first = Math.max(start, page);
      const count = Math.min(mappings.end(entry), end) - first;
      const address = (mappings.memoryPage(entry) + first - start) * PAGE_SIZE;
      forEachRegion(this, { address, size: count * PAGE_SIZE }, (region, bytes) => {
        region.mappedBytes -= bytes;
      });
    }
  }
}
