/** Interrupts that came before anybody listened, by programs that then wait for them. */
import { durationText } from '../decode/quantities.js';
import { irqIndexName } from '../decode/constants.js';
import type { SessionEvent } from '../session-event.js';
import { type Detector, type Finding, timesText } from './finding.js';

type InterruptEvent = Extract<SessionEvent, { kind: 'interrupt' }>;

interface Missed {
  readonly us: number;
  readonly kind: 'intx' | 'message';
}

const INTX = 0;
/** Indexes above are not interrupts of the device: errors, and requests. */
const MSIX = 2;
const INDEXES: Readonly<Record<string, number>> = { intx: INTX, msi: 1, msix: MSIX };

const ADVICE =
  'Call VFIO_DEVICE_SET_IRQS before the device is told to do what it will interrupt for.';

/**
 * A program that never sets an eventfd polls, and misses nothing. One that sets it after the device has
 * raised the interrupt may wait for ever, and so may one that has set those of other vectors.
 */
export class InterruptFindings implements Detector {
  /** By device: interrupts since its last reset that nobody heard. */
  readonly #missed = new Map<string, Missed>();
  /** By device: vectors that somebody listens to, as `index vector`. */
  readonly #armed = new Map<string, Set<string>>();
  readonly #findings = new Map<string, Finding>();
  /** By device: how often each vector was raised for which no eventfd was set while others had one. */
  readonly #unheard = new Map<string, { event: InterruptEvent; others: string; count: number }>();

  event(event: SessionEvent, us: number): void {
    switch (event.kind) {
      case 'interrupt':
        if (isUnheard(event)) this.#unheardOf(event, us);
        return;
      case 'reset':
        this.#missed.delete(event.device);
        return;
      case 'session':
        if (event.stage === 'opened') this.#missed.delete(event.device);
        return;
      case 'armed':
        this.#arm(event);
        if (event.isArmed) this.#armedLate(event.device, event.index, us);
        return;
      default:
    }
  }

  findings(): readonly Finding[] {
    const unheard = [...this.#unheard.values()].map(({ event, others, count }): Finding => {
      const index = irqIndexName(INDEXES[event.interrupt] ?? INTX);
      return {
        kind: 'interrupt-missed',
        text: `${event.device} raised ${index} ${event.vector}, for which no eventfd was set${timesText(count)}, while there was one for ${others}: nobody heard it.`,
        advice: 'Set an eventfd for each vector that the device is told to use.',
      };
    });
    return [...this.#findings.values(), ...unheard];
  }

  #unheardOf(event: InterruptEvent, us: number): void {
    const { device, interrupt, vector } = event;
    const kind = interrupt === 'intx' ? 'intx' : 'message';
    if (!this.#missed.has(device)) this.#missed.set(device, { us, kind });
    const others = [...(this.#armed.get(device) ?? [])].filter((key) =>
      key.startsWith(`${INDEXES[interrupt]} `),
    );
    const [other] = others;
    if (interrupt === 'intx' || other === undefined) return;
    const known = this.#unheard.get(`${device} ${vector}`);
    if (known !== undefined) known.count += 1;
    else {
      const name = `${irqIndexName(INDEXES[interrupt] ?? INTX)} ${other.split(' ')[1]}`;
      this.#unheard.set(`${device} ${vector}`, { event, others: name, count: 1 });
    }
  }

  #arm({ device, index, vector, isArmed }: Extract<SessionEvent, { kind: 'armed' }>): void {
    const armed = this.#armed.get(device) ?? new Set();
    if (isArmed) armed.add(`${index} ${vector}`);
    else armed.delete(`${index} ${vector}`);
    this.#armed.set(device, armed);
  }

  #armedLate(device: string, index: number, us: number): void {
    const missed = this.#missed.get(device);
    if (missed === undefined || index > MSIX || this.#findings.has(device)) return;
    // A line stays raised until it is served: whoever listens later still hears it.
    if (missed.kind === 'intx' && index === INTX) return;
    const before = durationText(us - missed.us);
    this.#findings.set(device, {
      kind: 'interrupt-missed',
      text: `${device} raised an interrupt ${before} before an eventfd was set for ${irqIndexName(index)}: nobody heard it.`,
      advice: ADVICE,
    });
  }
}

function isUnheard({ stage, reason }: InterruptEvent): boolean {
  if (stage === 'lost') return reason === 'not enabled';
  return stage === 'unheard' || (stage === 'pending' && reason === 'not enabled');
}
