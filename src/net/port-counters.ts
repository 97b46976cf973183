/** The counters behind a port's statistics. */
import { DROP_REASONS, type DropReason, type PortStatistics } from './network-port.js';

export class PortCounters implements PortStatistics {
  sentFrames = 0;
  sentBytes = 0;
  receivedFrames = 0;
  receivedBytes = 0;
  readonly dropped: Record<DropReason, number> = noDrops();

  /** Frames dropped, for whatever reason. */
  get droppedFrames(): number {
    return DROP_REASONS.reduce((sum, reason) => sum + this.dropped[reason], 0);
  }

  /** Adds another port's counters. */
  add(other: PortCounters): void {
    this.sentFrames += other.sentFrames;
    this.sentBytes += other.sentBytes;
    this.receivedFrames += other.receivedFrames;
    this.receivedBytes += other.receivedBytes;
    for (const reason of DROP_REASONS) this.dropped[reason] += other.dropped[reason];
  }
}

/** A counter for each reason, at zero. */
export function noDrops(): Record<DropReason, number> {
  return {
    malformed: 0,
    'link-down': 0,
    runt: 0,
    oversize: 0,
    loss: 0,
    'line-full': 0,
    'no-destination': 0,
    'link-local': 0,
    'queue-full': 0,
    'not-attached': 0,
    refused: 0,
  };
}
