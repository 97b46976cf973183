/** Devices that were to do DMA or send messages before they were allowed to. */
import type { SessionEvent } from '../session-event.js';
import { type Detector, type Finding, timesText } from './finding.js';

export class BusMasterFindings implements Detector {
  /** Devices that programs have open: others were stopped by the kernel, in the middle of something perhaps. */
  readonly #open = new Set<string>();
  /** How often it happened, by device. */
  readonly #refused = new Map<string, number>();

  event(event: SessionEvent): void {
    if (event.kind === 'session') {
      if (event.stage === 'opened') this.#open.add(event.device);
      if (event.stage === 'closing') this.#open.delete(event.device);
    } else if (isRefusal(event) && this.#open.has(event.device)) {
      this.#refused.set(event.device, (this.#refused.get(event.device) ?? 0) + 1);
    }
  }

  findings(): readonly Finding[] {
    return [...this.#refused].map(([device, count]) => ({
      kind: 'bus-master-off',
      text: `${device} tried DMA or an interrupt message while bus mastering was off${timesText(count)}.`,
      advice:
        'Set bit 2 of PCI_COMMAND through the configuration region before the device is told to start.',
    }));
  }
}

/** Whether a device was to do something for which it has to be a bus master. */
export function isRefusal(
  event: SessionEvent,
): event is Extract<SessionEvent, { kind: 'dma' | 'interrupt' }> {
  if (event.kind === 'dma') return event.fault === 'bus master off';
  return event.kind === 'interrupt' && event.reason === 'bus master off';
}
