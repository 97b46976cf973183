/** DMA that went wrong: where, and what had been there. */
import { durationText, hex, rangeText, sizeText } from '../decode/quantities.js';
import type { SessionCall } from '../session-call.js';
import type { SessionEvent } from '../session-event.js';
import { type Detector, type Finding, type FindingKind, timesText } from './finding.js';
import { Mappings } from './mappings.js';

type DmaEvent = Extract<SessionEvent, { kind: 'dma' }>;

interface Fault extends Finding {
  count: number;
}

export class DmaFindings implements Detector {
  readonly #mappings = new Mappings();
  /** The first of each sort and device, with how many there were. */
  readonly #faults = new Map<string, Fault>();

  event(event: SessionEvent, us: number, call: SessionCall | undefined): void {
    this.#mappings.event(event, us, call);
    if (event.kind !== 'dma' || event.fault === '' || event.fault === 'bus master off') return;
    const removed =
      event.fault === 'not mapped'
        ? this.#mappings.lastRemoved(event.domain, event.iova)
        : undefined;
    const key = `${event.device} ${event.fault} ${removed !== undefined}`;
    const known = this.#faults.get(key);
    if (known !== undefined) known.count += 1;
    else this.#faults.set(key, { ...this.#explain(event, us), count: 1 });
  }

  findings(): readonly Finding[] {
    return [...this.#faults.values()].map(({ kind, text, advice, count }) => ({
      kind,
      text: `${text}${timesText(count)}.`,
      advice,
    }));
  }

  #explain(event: DmaEvent, us: number): Finding {
    const { device, isWrite, length, iova, domain } = event;
    const access = `${device} tried to ${isWrite ? 'write' : 'read'} ${sizeText(length)} at IOVA ${hex(iova)}`;
    switch (event.fault) {
      case 'not mapped':
        return this.#explainNotMapped(access, domain, iova, us);
      case 'no permission':
        return finding(
          'dma-fault',
          `${access}, which is mapped without permission to ${isWrite ? 'write' : 'read'}`,
          `Map it with VFIO_DMA_MAP_FLAG_${isWrite ? 'WRITE' : 'READ'}.`,
        );
      case 'memory gone':
        return finding(
          'memory-gone',
          `${access}, which leads to memory that the program has unmapped or replaced since`,
          'Unmap it with VFIO_IOMMU_UNMAP_DMA before munmap() or free().',
        );
      default:
        return finding(
          'dma-fault',
          `${access} while its group was in no container with an IOMMU`,
          'Stop the device before its group leaves the container.',
        );
    }
  }

  #explainNotMapped(access: string, domain: number, iova: bigint, us: number): Finding {
    const removed = this.#mappings.lastRemoved(domain, iova);
    if (removed !== undefined) {
      const before = durationText(us - removed.us);
      return finding(
        'use-after-unmap',
        `${access}, ${before} after ${rangeText(removed.iova, removed.size)} was unmapped ${removed.cause}`,
        'Stop the device, or wait until its transfers have ended, before you unmap.',
      );
    }
    const nearest = this.#mappings.nearest(domain, iova);
    const where =
      nearest === undefined
        ? 'nothing is mapped'
        : `the nearest mapping is ${rangeText(nearest.iova, nearest.size)}`;
    return finding(
      'dma-fault',
      `${access}, which was never mapped; ${where}`,
      'Give the device addresses within what VFIO_IOMMU_MAP_DMA has mapped.',
    );
  }
}

function finding(kind: FindingKind, text: string, advice: string): Finding {
  return { kind, text, advice };
}
