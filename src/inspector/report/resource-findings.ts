/** Limits that are near, and registers that models do not have. */
import { countText, hex, sizeText } from '../decode/quantities.js';
import type { SessionEvent } from '../session-event.js';
import type { Detector, Finding } from './finding.js';

const PAGE_SIZE = 4096;
/** Of RLIMIT_MEMLOCK. */
const NEARLY = 0.9;
/** So many registers of a device are named. */
const NAMED = 5;

export class ResourceFindings implements Detector {
  #most: { readonly pages: number; readonly limit: number } | undefined;
  /** By device: registers that were touched, and how often. */
  readonly #unmodelled = new Map<string, Map<string, number>>();

  event(event: SessionEvent): void {
    if (event.kind === 'locked' && event.pages >= event.limit * NEARLY) {
      if (this.#most === undefined || event.pages > this.#most.pages) this.#most = event;
    } else if (event.kind === 'unmodelled') {
      const registers = this.#unmodelled.get(event.device) ?? new Map<string, number>();
      const name = `BAR${event.bar}+${hex(event.offset)}`;
      registers.set(name, (registers.get(name) ?? 0) + 1);
      this.#unmodelled.set(event.device, registers);
    }
  }

  findings(): readonly Finding[] {
    const registers = [...this.#unmodelled].map(([device, touched]): Finding => {
      const shown = [...touched.keys()].slice(0, NAMED).join(', ');
      const rest = touched.size > NAMED ? ', …' : '';
      return {
        kind: 'unmodelled-register',
        text: `${device} was accessed at ${countText(touched.size, 'register')} that its model does not have: ${shown}${rest}.`,
        advice: 'Look whether the offsets and sizes are right, or add the registers to the model.',
      };
    });
    return this.#most === undefined ? registers : [memlock(this.#most), ...registers];
  }
}

function memlock({ pages, limit }: { pages: number; limit: number }): Finding {
  return {
    kind: 'memlock',
    text: `${sizeText(pages * PAGE_SIZE)} were locked for DMA, of ${sizeText(limit * PAGE_SIZE)} that RLIMIT_MEMLOCK allows.`,
    advice: 'Raise the limit (ulimit -l, LimitMEMLOCK= of systemd), or map less at a time.',
  };
}
