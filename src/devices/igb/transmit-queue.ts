/** What the controller remembers of a transmit queue beside its registers. */
import { TransmitContext } from './transmit-descriptor.js';

export class TransmitQueue {
  readonly number: number;
  /** The two contexts that descriptors choose from. */
  readonly contexts: readonly [TransmitContext, TransmitContext] = [
    new TransmitContext(),
    new TransmitContext(),
  ];
  /** Of the large packet at the head: segments that were sent before the line was busy. */
  sentSegments = 0;
  /** The rest of a packet that has too many descriptors is to be skipped. */
  isSkipping = false;

  constructor(number: number) {
    this.number = number;
  }

  reset(): void {
    this.sentSegments = 0;
    this.isSkipping = false;
  }
}
