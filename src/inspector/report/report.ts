/** The report at the end of a program: what it did wrong with VFIO, each in a plain sentence. */
import type { SessionCall } from '../session-call.js';
import type { SessionEvent } from '../session-event.js';
import type { SessionListener } from '../session.js';
import { BusMasterFindings } from './bus-master-findings.js';
import { CallFindings } from './call-findings.js';
import { Descriptors } from './descriptors.js';
import { DeviceFindings } from './device-findings.js';
import { DmaFindings } from './dma-findings.js';
import type { Detector, Finding } from './finding.js';
import { InterruptFindings } from './interrupt-findings.js';
import { IntxFindings } from './intx-findings.js';
import { ResourceFindings } from './resource-findings.js';
import { RetryFindings } from './retry-findings.js';

/** How the program ended. */
export interface ReportOptions {
  /** By a signal, or what it left running was: what they had open then is no mistake. */
  readonly wasKilled: boolean;
}

export class Report implements SessionListener {
  readonly #descriptors = new Descriptors((device) => this.#devices.wasIgnored(device));
  readonly #devices = new DeviceFindings(
    ({ file }) => file !== undefined && this.#descriptors.isClosed(file),
  );
  readonly #others: readonly Detector[] = [
    new DmaFindings(),
    new BusMasterFindings(),
    new InterruptFindings(),
    new IntxFindings(),
    new CallFindings(),
    new RetryFindings(),
    new ResourceFindings(),
  ];
  readonly #detectors: readonly Detector[] = [this.#descriptors, this.#devices, ...this.#others];

  call(call: SessionCall): void {
    for (const event of call.events) this.#event(event, call.startUs, call);
    for (const detector of this.#detectors) detector.call?.(call);
  }

  event(event: SessionEvent, us: number): void {
    this.#event(event, us, undefined);
  }

  findings({ wasKilled }: ReportOptions): readonly Finding[] {
    const kept = wasKilled ? [this.#devices, ...this.#others] : this.#detectors;
    return kept.flatMap((detector) => detector.findings());
  }

  #event(event: SessionEvent, us: number, call: SessionCall | undefined): void {
    for (const detector of this.#detectors) detector.event?.(event, us, call);
  }
}
