/**
 * A domain that translates page by page as an IOMMU driver has mapped them
 * (`IOMMU_DOMAIN_UNMANAGED`). Mappings are intervals; how many there are makes no difference.
 */
import type { Channel } from '../kernel/channel.js';
import type { Device } from '../kernel/device.js';
import type { MappingChange } from '../kernel/diagnostics.js';
import { PAGE_SIZE } from '../uapi/file.js';
import type { DirtyLog } from './dirty-log.js';
import { iovaAt, transferSegments } from './dma-segments.js';
import type { DmaMemory, DmaSegment, IommuDomain, IommuFault, IovaRange } from './iommu-domain.js';
import { Iotlb, MISS } from './iotlb.js';
import { iovaOfPage, offsetOfIova, pageOfIova } from './iova.js';
import { MappingTable } from './mapping-table.js';
import { MemoryRegistry } from './memory-registry.js';
import { NONE } from './page-index.js';

export const IOMMU_READ = 1;
export const IOMMU_WRITE = 2;

/** Below the number of the memory, a mapping's tag holds its permissions. */
const PERMISSION_BITS = 2;
const PERMISSION_MASK = (1 << PERMISSION_BITS) - 1;

/** What to map. */
export interface PagingDomainMapping<Memory extends DmaMemory = DmaMemory> {
  /** Number of the first I/O virtual page. */
  readonly page: number;
  readonly pages: number;
  readonly memory: Memory;
  /** Number of the page of `memory` that the first page leads to. */
  readonly memoryPage: number;
  /** IOMMU_READ, IOMMU_WRITE or both. */
  readonly permissions: number;
}

/** @typeParam Memory what mappings lead to */
export class PagingDomain<Memory extends DmaMemory = DmaMemory> implements IommuDomain {
  /** The mappings. To be looked at, and attached to; they are changed by `map` and its kin. */
  readonly mappings = new MappingTable();
  /** Where written pages are noted, when they are. */
  dirtyLog: DirtyLog | undefined;
  readonly #tlb = new Iotlb();
  readonly #memories = new MemoryRegistry<Memory>();
  readonly #report: (fault: IommuFault) => void;
  readonly #changes: Channel<MappingChange> | undefined;
  #generation = 0;
  /** What `#locate` found. */
  #end = 0;
  #memoryPage = 0;
  #tag = 0;

  /** @param report is told of every fault; @param changes of every mapping made or removed */
  constructor(
    report: (fault: IommuFault) => void = () => undefined,
    changes?: Channel<MappingChange>,
  ) {
    this.#report = report;
    this.#changes = changes;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Bytes that the mappings take. */
  get byteLength(): number {
    return this.mappings.byteLength + this.#tlb.byteLength;
  }

  /** Ends the validity of translations found so far. */
  invalidate(): void {
    this.#generation += 1;
  }

  /** Maps pages none of which is mapped. Returns the mapping's entry. */
  map(mapping: PagingDomainMapping<Memory>): number {
    const { page, pages, memoryPage, permissions } = mapping;
    mapping.memory.mapped?.(memoryPage * PAGE_SIZE, pages * PAGE_SIZE);
    const tag = (this.#memories.take(mapping.memory) << PERMISSION_BITS) | permissions;
    this.#tlb.add({ start: page, end: page + pages, memoryPage, tag });
    const entry = this.mappings.insert(page, pages, memoryPage, tag);
    this.#changes?.publish?.(this.#changeOf('added', entry));
    return entry;
  }

  /** Removes a mapping. */
  unmap(entry: number): void {
    const { mappings } = this;
    const start = mappings.start(entry);
    this.#changes?.publish?.(this.#changeOf('removed', entry));
    this.#endMapping(entry);
    this.#memories.give(mappings.tag(entry) >>> PERMISSION_BITS);
    this.#tlb.remove(start, mappings.end(entry));
    this.dirtyLog?.delete(start);
    mappings.remove(entry);
    this.#generation += 1;
  }

  /** Removes all mappings. */
  unmapAll(): void {
    for (
      let entry = this.mappings.firstFrom(0);
      entry !== NONE;
      entry = this.mappings.next(entry)
    ) {
      this.dirtyLog?.delete(this.mappings.start(entry));
      this.#endMapping(entry);
      this.#changes?.publish?.(this.#changeOf('removed', entry));
    }
    this.mappings.clear();
    this.#tlb.clear();
    this.#memories.clear();
    this.#generation += 1;
  }

  /** Unmaps exactly the pages [page, page + pages), cutting mappings that reach further. */
  unmapRange(page: number, pages: number): void {
    const end = page + pages;
    for (;;) {
      const entry = this.mappings.findOverlap(page, pages);
      if (entry === NONE) return;
      const start = this.mappings.start(entry);
      const behind = this.mappings.end(entry);
      const memory = this.memoryOf(entry);
      const permissions = this.permissionsOf(entry);
      const memoryPage = this.mappings.memoryPage(entry);
      this.unmap(entry);
      if (start < page) {
        this.map({ page: start, pages: page - start, memory, memoryPage, permissions });
      }
      if (behind > end) {
        const rest = { page: end, pages: behind - end, memoryPage: memoryPage + end - start };
        this.map({ ...rest, memory, permissions });
      }
    }
  }

  /** Makes a mapping lead elsewhere, with the permissions it has. */
  redirect(entry: number, memory: Memory, memoryPage: number): void {
    this.#endMapping(entry);
    memory.mapped?.(memoryPage * PAGE_SIZE, this.mappings.pages(entry) * PAGE_SIZE);
    const taken = this.#memories.take(memory) << PERMISSION_BITS;
    this.#memories.give(this.mappings.tag(entry) >>> PERMISSION_BITS);
    this.#tlb.forget(this.mappings.start(entry), this.mappings.end(entry));
    this.mappings.redirect(entry, memoryPage, taken | this.permissionsOf(entry));
    this.#generation += 1;
  }

  memoryOf(entry: number): Memory {
    return this.#memories.get(this.mappings.tag(entry) >>> PERMISSION_BITS);
  }

  permissionsOf(entry: number): number {
    return this.mappings.tag(entry) & PERMISSION_MASK;
  }

  read(device: Device, iova: bigint, target: Uint8Array): IommuFault | undefined {
    const page = pageOfIova(iova);
    const end = offsetOfIova(iova) + target.length;
    if (!this.#locate(page) || !this.#covers(page, end, IOMMU_READ)) {
      return this.#scatter(device, [{ iova, length: target.length }], target, false);
    }
    const address = this.#memoryPage * PAGE_SIZE + offsetOfIova(iova);
    if (this.#memory().read(address, target)) return undefined;
    return this.#fault(device, iova, false, 'memory gone');
  }

  write(device: Device, iova: bigint, source: Uint8Array): IommuFault | undefined {
    const page = pageOfIova(iova);
    const end = offsetOfIova(iova) + source.length;
    if (!this.#locate(page) || !this.#covers(page, end, IOMMU_WRITE)) {
      return this.#scatter(device, [{ iova, length: source.length }], source, true);
    }
    if (this.dirtyLog !== undefined) this.#markWritten(page, end);
    const address = this.#memoryPage * PAGE_SIZE + offsetOfIova(iova);
    if (this.#memory().write(address, source)) return undefined;
    return this.#fault(device, iova, true, 'memory gone');
  }

  readv(device: Device, ranges: readonly IovaRange[], target: Uint8Array): IommuFault | undefined {
    return this.#scatter(device, ranges, target, false);
  }

  writev(device: Device, ranges: readonly IovaRange[], source: Uint8Array): IommuFault | undefined {
    return this.#scatter(device, ranges, source, true);
  }

  translate(
    device: Device,
    iova: bigint,
    length: number,
    isWrite: boolean,
    segments: DmaSegment[],
  ): IommuFault | undefined {
    let page = pageOfIova(iova);
    let offset = offsetOfIova(iova);
    for (let left = length; left > 0; ) {
      const isMapped = this.#locate(page);
      if (!isMapped || (this.#tag & (isWrite ? IOMMU_WRITE : IOMMU_READ)) === 0) {
        const at = left === length ? iova : iovaOfPage(page);
        return this.#fault(device, at, isWrite, isMapped ? 'no permission' : 'not mapped');
      }
      const part = Math.min(left, (this.#end - page) * PAGE_SIZE - offset);
      if (isWrite && this.dirtyLog !== undefined) this.#markWritten(page, offset + part);
      const address = this.#memoryPage * PAGE_SIZE + offset;
      segments.push({ memory: this.#memory(), address, length: part });
      left -= part;
      page = this.#end;
      offset = 0;
    }
    return undefined;
  }

  #changeOf(change: MappingChange['change'], entry: number): MappingChange {
    const { mappings } = this;
    const permissions = this.permissionsOf(entry);
    return {
      change,
      domain: this,
      memory: this.memoryOf(entry),
      iova: iovaOfPage(mappings.start(entry)),
      size: mappings.pages(entry) * PAGE_SIZE,
      address: mappings.memoryPage(entry) * PAGE_SIZE,
      isReadable: (permissions & IOMMU_READ) !== 0,
      isWritable: (permissions & IOMMU_WRITE) !== 0,
    };
  }

  /** An access to more than one piece of memory. */
  #scatter(
    device: Device,
    ranges: readonly IovaRange[],
    bytes: Uint8Array,
    isWrite: boolean,
  ): IommuFault | undefined {
    const segments: DmaSegment[] = [];
    let fault: IommuFault | undefined;
    for (const { iova, length } of ranges) {
      fault = this.translate(device, iova, length, isWrite, segments);
      if (fault !== undefined) break;
    }
    if (fault !== undefined && !isWrite) return fault;
    const translated = segments.reduce((sum, { length }) => sum + length, 0);
    const done = transferSegments(segments, bytes.subarray(0, translated), isWrite);
    if (done === translated) return fault;
    return this.#fault(device, iovaAt(ranges, done), isWrite, 'memory gone');
  }

  /** Finds where a page leads: sets the end of its mapping, its page of memory and its tag. */
  #locate(page: number): boolean {
    const tlb = this.#tlb;
    const line = tlb.find(page);
    if (line === MISS) return this.#walk(page);
    this.#end = tlb.end(line);
    this.#memoryPage = tlb.memoryPage(line, page);
    this.#tag = tlb.tag(line);
    return true;
  }

  #walk(page: number): boolean {
    const { mappings } = this;
    const entry = mappings.find(page);
    if (entry === NONE) return false;
    const start = mappings.start(entry);
    const memoryPage = mappings.memoryPage(entry);
    this.#end = mappings.end(entry);
    this.#memoryPage = memoryPage + page - start;
    this.#tag = mappings.tag(entry);
    this.#tlb.fill(page, { start, end: this.#end, memoryPage, tag: this.#tag });
    return true;
  }

  /** Whether bytes up to `end` from the start of the located page are in one mapping, accessibly. */
  #covers(page: number, end: number, permission: number): boolean {
    return end <= (this.#end - page) * PAGE_SIZE && (this.#tag & permission) !== 0;
  }

  /** Tells the memory that a mapping ends. */
  #endMapping(entry: number): void {
    const { mappings } = this;
    const address = mappings.memoryPage(entry) * PAGE_SIZE;
    this.memoryOf(entry).unmapped?.(address, mappings.pages(entry) * PAGE_SIZE);
  }

  /** The memory of the located page. */
  #memory(): DmaMemory {
    const memory = this.#memories.get(this.#tag >>> PERMISSION_BITS);
    return memory.pinned ?? memory;
  }

  /** Notes that bytes of one mapping, up to `end` from the start of `page`, are being written. */
  #markWritten(page: number, end: number): void {
    const { mappings } = this;
    const entry = mappings.find(page);
    const start = mappings.start(entry);
    const count = Math.ceil(end / PAGE_SIZE);
    this.dirtyLog?.mark(start, mappings.pages(entry), page - start, count);
  }

  #fault(device: Device, iova: bigint, isWrite: boolean, reason: IommuFault['reason']): IommuFault {
    const fault: IommuFault = { device, iova, isWrite, reason };
    this.#report(fault);
    return fault;
  }
}
