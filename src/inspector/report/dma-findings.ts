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

/** An access to memory that is not there: perhaps because its process has ended. */
interface Doubtful {
  readonly key: string;
  readonly event: DmaEvent;
  readonly us: number;
  /** The process whose memory it was. */
  readonly pid: number | undefined;
}

/** The memory of a process that ends goes before its files, and these follow within this time. */
const END_US = 100_000;
/** What IOMMUs refuse, or would. What else stops an access is another finding's, or was meant to. */
const FAULTS: ReadonlySet<string> = new Set([
  'not mapped',
  'no permission',
  'memory gone',
  'no domain',
]);

export class DmaFindings implements Detector {
  readonly #mappings = new Mappings();
  /** The first of each sort and device, with how many there were. */
  readonly #faults = new Map<string, Fault>();
  #doubtful: Doubtful[] = [];

  event(event: SessionEvent, us: number, call: SessionCall | undefined): void {
    this.#mappings.event(event, us, call);
    if (event.kind !== 'dma' || !FAULTS.has(event.fault)) return;
    if (event.fault === 'memory gone') {
      const key = `${event.device} ${event.fault}`;
      const pid = this.#mappings.at(event.domain, event.iova)?.pid;
      this.#doubtful.push({ key, event, us, pid });
      if (this.#faults.has(key)) this.#settle();
      return;
    }
    const wasMapped =
      event.fault === 'not mapped' &&
      this.#mappings.lastRemoved(event.domain, this.#missingFrom(event)) !== undefined;
    this.#count(`${event.device} ${event.fault} ${wasMapped}`, event, us);
  }

  call({ name, pid, startUs }: SessionCall): void {
    if (this.#doubtful.length === 0) return;
    if (name === 'release') {
      // Its devices went on for a moment after a process: a real kernel would have kept its memory for them.
      this.#doubtful = this.#doubtful.filter(({ us }) => startUs - us > END_US);
      this.#settle();
    } else if (this.#doubtful.some((one) => one.pid === undefined || one.pid === pid)) {
      this.#settle();
    }
  }

  findings(): readonly Finding[] {
    this.#settle();
    return [...this.#faults.values()].map(({ kind, text, advice, count }) => ({
      kind,
      text: `${text}${timesText(count)}.`,
      advice,
    }));
  }

  /** What was in doubt is none of a process that was ending. */
  #settle(): void {
    for (const { key, event, us } of this.#doubtful) this.#count(key, event, us);
    this.#doubtful = [];
  }

  #count(key: string, event: DmaEvent, us: number): void {
    const known = this.#faults.get(key);
    if (known !== undefined) known.count += 1;
    else this.#faults.set(key, { ...this.#explain(event, us), count: 1 });
  }

  #explain(event: DmaEvent, us: number): Finding {
    const { device, isWrite, length, iova } = event;
    const access = `${device} tried to ${isWrite ? 'write' : 'read'} ${sizeText(length)} at IOVA ${hex(iova)}`;
    switch (event.fault) {
      case 'not mapped':
        return this.#explainNotMapped(access, event, us);
      case 'no permission':
        return finding(
          'dma-fault',
          `${access}, which is mapped without permission to ${isWrite ? 'write' : 'read'}`,
          `Map it with VFIO_DMA_MAP_FLAG_${isWrite ? 'WRITE' : 'READ'}.`,
        );
      case 'memory gone':
        return finding(
          'memory-gone',
          `${access}, which leads to memory that the program has unmapped${isWrite ? ' or made read-only' : ''} since`,
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

  #explainNotMapped(access: string, event: DmaEvent, us: number): Finding {
    const { domain, iova } = event;
    const missing = this.#missingFrom(event);
    const beyond = missing === iova ? undefined : this.#mappings.at(domain, missing - 1n);
    const removed = this.#mappings.lastRemoved(domain, missing);
    if (removed !== undefined) {
      const part = beyond === undefined ? '' : `which goes on at ${hex(missing)}, `;
      const after = `${durationText(us - removed.us)} after ${rangeText(removed.iova, removed.size)}`;
      return finding(
        'use-after-unmap',
        `${access}, ${part}${after} was unmapped ${removed.cause}`,
        'Stop the device, or wait until its transfers have ended, before you unmap.',
      );
    }
    const advice = 'Give the device addresses within what VFIO_IOMMU_MAP_DMA has mapped.';
    if (beyond !== undefined) {
      const mapping = rangeText(beyond.iova, beyond.size);
      const where = `which runs over the end of the mapping ${mapping}: ${hex(missing)} was never mapped`;
      return finding('dma-fault', `${access}, ${where}`, advice);
    }
    const nearest = this.#mappings.nearest(domain, iova);
    const where =
      nearest === undefined
        ? 'nothing is mapped'
        : `the nearest mapping is ${rangeText(nearest.iova, nearest.size)}`;
    return finding('dma-fault', `${access}, which was never mapped; ${where}`, advice);
  }

  /** The first address of an access that is not mapped. */
  #missingFrom({ domain, iova, length }: DmaEvent): bigint {
    const gap = this.#mappings.firstGap(domain, iova);
    return gap < iova + BigInt(length) ? gap : iova;
  }
}

function finding(kind: FindingKind, text: string, advice: string): Finding {
  return { kind, text, advice };
}
