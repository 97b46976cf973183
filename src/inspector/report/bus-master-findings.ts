/** Devices that were to do DMA or send messages before they were allowed to. */
import type { SessionEvent } from '../session-event.js';
import { type Detector, type Finding, timesText } from './finding.js';

export class BusMasterFindings implements Detector {
  /** How often it happened, by device. */
  readonly #refused = new Map<string, number>();

  event(event: SessionEvent): void {
    const isRefused =
      (event.kind === 'dma' && event.fault === 'bus master off') ||
      (event.kind === 'interrupt' && event.reason === 'bus master off');
    if (isRefused) this.#refused.set(event.device, (this.#refused.get(event.device) ?? 0) + 1);
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
