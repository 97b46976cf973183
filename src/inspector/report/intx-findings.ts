/** INTx lines that were left masked: the kernel masks one with each interrupt, and the program has to unmask it. */
import { irqIndexName } from '../decode/constants.js';
import { requestOf } from '../requested.js';
import type { SessionCall } from '../session-call.js';
import type { SessionEvent } from '../session-event.js';
import {
  IrqSet,
  VFIO_IRQ_SET_ACTION_MASK,
  VFIO_IRQ_SET_ACTION_UNMASK,
  VFIO_PCI_INTX_IRQ_INDEX,
} from '../../uapi/vfio.js';
import type { Detector, Finding } from './finding.js';

export class IntxFindings implements Detector {
  /** By device whose line the kernel has masked with an interrupt: how often it was raised since. */
  readonly #lines = new Map<string, number>();
  readonly #findings = new Map<string, Finding>();

  event(event: SessionEvent): void {
    if (event.kind === 'interrupt' && event.interrupt === 'intx') this.#interrupt(event);
    else if (event.kind === 'reset') this.#lines.delete(event.device);
    else if (event.kind === 'armed' && event.index === VFIO_PCI_INTX_IRQ_INDEX) {
      this.#end(event.device);
    } else if (event.kind === 'session' && event.stage === 'closing') this.#end(event.device);
  }

  call(call: SessionCall): void {
    const device = call.file?.device;
    if (device === undefined || !this.#lines.has(device) || call.result < 0) return;
    const requested = requestOf(call);
    if (requested?.name !== 'VFIO_DEVICE_SET_IRQS') return;
    const { input } = requested.request;
    if (input.byteLength < IrqSet.size) return;
    const { index, flags } = IrqSet.decode(input);
    if (index !== VFIO_PCI_INTX_IRQ_INDEX) return;
    // Who masks it by himself, or has eventfds for it, knows what he does.
    const isAware = (flags & (VFIO_IRQ_SET_ACTION_MASK | VFIO_IRQ_SET_ACTION_UNMASK)) !== 0;
    if (isAware) this.#lines.delete(device);
  }

  findings(): readonly Finding[] {
    for (const device of [...this.#lines.keys()]) this.#end(device);
    return [...this.#findings.values()];
  }

  #interrupt({ device, stage, reason }: Extract<SessionEvent, { kind: 'interrupt' }>): void {
    const raised = this.#lines.get(device);
    if (stage === 'signalled') this.#lines.set(device, 0);
    else if (stage === 'pending' && reason === 'masked' && raised !== undefined) {
      this.#lines.set(device, raised + 1);
    }
  }

  /** The interrupt is given up: what was raised until then has reached nobody. */
  #end(device: string): void {
    const raised = this.#lines.get(device) ?? 0;
    this.#lines.delete(device);
    if (raised === 0 || this.#findings.has(device)) return;
    this.#findings.set(device, {
      kind: 'interrupt-missed',
      text: `${device} raised ${irqIndexName(VFIO_PCI_INTX_IRQ_INDEX)} ${raised === 1 ? 'again' : `${raised} times more`} while it was masked, and it was never unmasked: nobody heard that.`,
      advice:
        'Unmask it after each interrupt (VFIO_DEVICE_SET_IRQS, ACTION_UNMASK): the kernel masks it when it signals the eventfd.',
    });
  }
}
