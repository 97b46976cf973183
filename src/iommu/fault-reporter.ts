/**
 * Where refused device accesses are reported: to whoever listens, each one, and to the kernel log as
 * the driver of an Intel IOMMU words it, no more than ten in five seconds.
 */
import type { Channel } from '../kernel/channel.js';
import type { IommuFaultEvent } from '../kernel/diagnostics.js';
import type { KernelLog } from '../kernel/log.js';
import type { Timers } from '../kernel/timers.js';
import type { IommuFault } from './iommu-domain.js';

/** Linux's default for rate-limited messages (`DEFAULT_RATELIMIT_INTERVAL`, `…_BURST`). */
const INTERVAL_MS = 5000;
const BURST = 10;

/** VT-d specification, "Fault reasons": what the number stands for, by what happened. */
const NO_CONTEXT = '[fault reason 0x02] Present bit in context entry is clear';
const NO_WRITE = '[fault reason 0x05] PTE Write access is not set';
const NO_READ = '[fault reason 0x06] PTE Read access is not set';

export class FaultReporter {
  readonly #log: KernelLog;
  readonly #timers: Timers;
  readonly #channel: Channel<IommuFaultEvent> | undefined;
  readonly #listeners = new Set<(fault: IommuFault) => void>();
  #count = 0;
  #intervalStartMs = -Infinity;
  #logged = 0;
  #suppressed = 0;

  /** @param channel is told of each fault, too */
  constructor(log: KernelLog, timers: Timers, channel?: Channel<IommuFaultEvent>) {
    this.#log = log;
    this.#timers = timers;
    this.#channel = channel;
  }

  /** Faults so far. */
  get count(): number {
    return this.#count;
  }

  /** Calls `listener` with each fault from now on. Returns the function that ends it. */
  subscribe(listener: (fault: IommuFault) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  report(fault: IommuFault): void {
    this.#count += 1;
    this.#channel?.publish?.(fault);
    for (const listener of this.#listeners) listener(fault);
    if (this.#mayLog()) this.#log.error(describeFault(fault));
  }

  #mayLog(): boolean {
    const now = this.#timers.nowMs;
    if (now - this.#intervalStartMs >= INTERVAL_MS) {
      if (this.#suppressed > 0)
        this.#log.warning(`dmar_fault: ${this.#suppressed} callbacks suppressed`);
      this.#intervalStartMs = now;
      this.#logged = 0;
      this.#suppressed = 0;
    }
    if (this.#logged === BURST) {
      this.#suppressed += 1;
      return false;
    }
    this.#logged += 1;
    return true;
  }
}

/** A fault as the kernel log has it. */
export function describeFault({ device, iova, isWrite, reason }: IommuFault): string {
  const access = isWrite ? 'Write' : 'Read';
  const page = iova & ~0xfffn;
  const why = reason === 'no domain' ? NO_CONTEXT : isWrite ? NO_WRITE : NO_READ;
  // PCI devices are named without their domain, as they are in requests on the bus.
  const requester = device.name.replace(/^[0-9a-f]{4}:/, '');
  const note = reason === 'memory gone' ? ' (the memory is no longer there)' : '';
  return `DMAR: [DMA ${access} NO_PASID] Request device [${requester}] fault addr 0x${page.toString(16)} ${why}${note}`;
}
