/** Mappings of address spaces: those there are, and what became of those that were. */
import type { SessionCall } from '../session-call.js';
import type { SessionEvent } from '../session-event.js';
import { fileText } from '../trace/file-text.js';

export interface Mapping {
  readonly iova: bigint;
  /** Bytes. */
  readonly size: bigint;
  /** The process that made it, if that is known. */
  readonly pid: number | undefined;
}

export interface RemovedMapping extends Mapping {
  /** When, in microseconds since the session began. */
  readonly us: number;
  /** By what: a call, or the end of a file. */
  readonly cause: string;
}

/** Of mappings that were removed, so many are remembered for each address space. */
const REMEMBERED = 4096;

interface AddressSpace {
  readonly live: Map<bigint, Mapping>;
  readonly removed: RemovedMapping[];
}

export class Mappings {
  readonly #spaces = new Map<number, AddressSpace>();

  event(event: SessionEvent, us: number, call: SessionCall | undefined): void {
    if (event.kind !== 'mapping') return;
    const { live, removed } = this.#space(event.domain);
    const { iova } = event;
    const size = BigInt(event.size);
    if (event.isAdded) {
      live.set(iova, { iova, size, pid: call?.pid });
      return;
    }
    const pid = live.get(iova)?.pid;
    live.delete(iova);
    removed.push({ iova, size, pid, us, cause: causeOf(call) });
    if (removed.length > REMEMBERED) removed.shift();
  }

  /** The mapping that an address is in. */
  at(domain: number, address: bigint): Mapping | undefined {
    for (const mapping of this.#space(domain).live.values()) {
      if (contains(mapping, address)) return mapping;
    }
    return undefined;
  }

  /** The first address from `iova` on that is in no mapping. */
  firstGap(domain: number, iova: bigint): bigint {
    let address = iova;
    for (;;) {
      const mapping = this.at(domain, address);
      if (mapping === undefined) return address;
      address = mapping.iova + mapping.size;
    }
  }

  /** The mapping that an address was in last, if it was unmapped. */
  lastRemoved(domain: number, iova: bigint): RemovedMapping | undefined {
    return this.#space(domain).removed.findLast((mapping) => contains(mapping, iova));
  }

  /** The mapping that is nearest to an address. */
  nearest(domain: number, iova: bigint): Mapping | undefined {
    let best: Mapping | undefined;
    let least: bigint | undefined;
    for (const mapping of this.#space(domain).live.values()) {
      const distance = distanceTo(mapping, iova);
      if (least !== undefined && distance >= least) continue;
      best = mapping;
      least = distance;
    }
    return best;
  }

  #space(domain: number): AddressSpace {
    let space = this.#spaces.get(domain);
    if (space === undefined) {
      space = { live: new Map(), removed: [] };
      this.#spaces.set(domain, space);
    }
    return space;
  }
}

function contains({ iova, size }: Mapping, address: bigint): boolean {
  return address >= iova && address < iova + size;
}

function distanceTo({ iova, size }: Mapping, address: bigint): bigint {
  return address < iova ? iova - address : address - (iova + size) + 1n;
}

function causeOf(call: SessionCall | undefined): string {
  if (call?.name === 'ioctl') return `by VFIO_IOMMU_UNMAP_DMA of process ${call.pid}`;
  return `when ${call?.file === undefined ? 'its container' : fileText(call.file)} was closed`;
}
