/** What the report at the end of a program consists of. */
import type { SessionCall } from '../session-call.js';
import type { SessionEvent } from '../session-event.js';

/** What programs do wrong, or will wonder about. */
export type FindingKind =
  | 'mapping-leak'
  | 'descriptor-leak'
  | 'use-after-unmap'
  | 'dma-fault'
  | 'bus-master-off'
  | 'memory-gone'
  | 'enabled-at-close'
  | 'never-reset'
  | 'request-ignored'
  | 'interrupt-missed'
  | 'eventfd-closed'
  | 'memlock'
  | 'unmodelled-register'
  | 'retry-loop'
  | 'wrong-offset'
  | 'close-order';

export interface Finding {
  readonly kind: FindingKind;
  /** What happened, in one sentence. */
  readonly text: string;
  /** What to do, in one sentence. */
  readonly advice: string;
}

/** Looks for one sort of mistakes. */
export interface Detector {
  /** Something happened; `call`: by which call. */
  event?(event: SessionEvent, us: number, call: SessionCall | undefined): void;
  /** A call has ended; its events have been told. */
  call?(call: SessionCall): void;
  findings(): readonly Finding[];
}

/** Of a device that does the same again and again, one finding says how often. */
export function timesText(count: number): string {
  return count === 1 ? '' : `, ${count} times in all`;
}
