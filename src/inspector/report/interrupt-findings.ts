/** Interrupts that came before anybody listened, by programs that then wait for them. */
import { durationText } from '../decode/quantities.js';
import { irqIndexName } from '../decode/constants.js';
import type { SessionEvent } from '../session-event.js';
import type { Detector, Finding } from './finding.js';

interface Missed {
  readonly us: number;
  readonly kind: 'intx' | 'message';
}

const INTX = 0;
/** Indexes above are not interrupts of the device: errors, and requests. */
const MSIX = 2;

/**
 * A program that never sets an eventfd polls, and misses nothing. One that sets it after the device has
 * raised the interrupt may wait for ever.
 */
export class InterruptFindings implements Detector {
  /** By device: interrupts since its last reset that nobody heard. */
  readonly #missed = new Map<string, Missed>();
  readonly #findings = new Map<string, Finding>();

  event(event: SessionEvent, us: number): void {
    switch (event.kind) {
      case 'interrupt':
        if (isUnheard(event)) {
          const kind = event.interrupt === 'intx' ? 'intx' : 'message';
          if (!this.#missed.has(event.device)) this.#missed.set(event.device, { us, kind });
        }
        return;
      case 'reset':
        this.#missed.delete(event.device);
        return;
      case 'session':
        if (event.stage === 'opened') this.#missed.delete(event.device);
        return;
      case 'armed':
        if (event.isArmed) this.#armed(event.device, event.index, us);
        return;
      default:
    }
  }

  findings(): readonly Finding[] {
    return [...this.#findings.values()];
  }

  #armed(device: string, index: number, us: number): void {
    const missed = this.#missed.get(device);
    if (missed === undefined || index > MSIX || this.#findings.has(device)) return;
    // A line stays raised until it is served: whoever listens later still hears it.
    if (missed.kind === 'intx' && index === INTX) return;
    const before = durationText(us - missed.us);
    this.#findings.set(device, {
      kind: 'interrupt-missed',
      text: `${device} raised an interrupt ${before} before an eventfd was set for ${irqIndexName(index)}: nobody heard it.`,
      advice:
        'Call VFIO_DEVICE_SET_IRQS before the device is told to do what it will interrupt for.',
    });
  }
}

function isUnheard({ stage, reason }: Extract<SessionEvent, { kind: 'interrupt' }>): boolean {
  if (stage === 'lost') return reason !== 'bus master off';
  return stage === 'unheard' || (stage === 'pending' && reason === 'not enabled');
}
