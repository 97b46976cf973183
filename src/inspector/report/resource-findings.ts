/** Limits that are near, and registers that models do not have. */
import { DmaMap } from '../../uapi/vfio.js';
import { decode } from '../decode/decoded-field.js';
import { countText, hex, sizeText } from '../decode/quantities.js';
import { requestOf } from '../requested.js';
import type { SessionCall } from '../session-call.js';
import type { SessionEvent } from '../session-event.js';
import { type Detector, type Finding, timesText } from './finding.js';

const PAGE_SIZE = 4096;
/** Of RLIMIT_MEMLOCK. */
const NEARLY = 0.9;
/** So many registers of a device are named. */
const NAMED = 5;

export class ResourceFindings implements Detector {
  #most: { readonly pages: number; readonly limit: number } | undefined;
  /** The first mapping that the limit did not allow, and how many there were. */
  #refused: { readonly call: SessionCall; readonly limit: number; count: number } | undefined;
  /** By device: registers that were touched, and how often. */
  readonly #unmodelled = new Map<string, Map<string, number>>();

  event(event: SessionEvent, _us: number, call: SessionCall | undefined): void {
    if (event.kind === 'log' && call !== undefined) this.#log(event.text, call);
    if (event.kind === 'locked' && event.pages >= event.limit * NEARLY) {
      if (this.#most === undefined || event.pages > this.#most.pages) this.#most = event;
    } else if (event.kind === 'unmodelled') {
      const registers = this.#unmodelled.get(event.device) ?? new Map<string, number>();
      const name = `BAR${event.bar}+${hex(event.offset)} (${sizeText(event.size)})`;
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
    // What was refused says more than what was allowed before.
    if (this.#refused !== undefined) return [refused(this.#refused), ...registers];
    return this.#most === undefined ? registers : [memlock(this.#most), ...registers];
  }

  #log(text: string, call: SessionCall): void {
    const limit = EXCEEDED.exec(text)?.[1];
    if (limit === undefined) return;
    if (this.#refused === undefined) this.#refused = { call, limit: Number(limit), count: 1 };
    else this.#refused.count += 1;
  }
}

/** What the kernel says of a mapping that would lock too much. */
const EXCEEDED = /RLIMIT_MEMLOCK \((\d+)\) exceeded$/;

function refused(mapping: { call: SessionCall; limit: number; count: number }): Finding {
  const requested = requestOf(mapping.call);
  const size = requested === undefined ? 0n : decode(DmaMap, requested.request.input).size;
  const times = timesText(mapping.count);
  return {
    kind: 'memlock',
    text: `${requested?.name} of ${sizeText(size)} was refused with ENOMEM${times}: RLIMIT_MEMLOCK allows ${sizeText(mapping.limit)} in all.`,
    advice: ADVICE,
  };
}

const ADVICE = 'Raise the limit (ulimit -l, LimitMEMLOCK= of systemd), or map less at a time.';

function memlock({ pages, limit }: { pages: number; limit: number }): Finding {
  return {
    kind: 'memlock',
    text: `${sizeText(pages * PAGE_SIZE)} were locked for DMA, of ${sizeText(limit * PAGE_SIZE)} that RLIMIT_MEMLOCK allows.`,
    advice: ADVICE,
  };
}
