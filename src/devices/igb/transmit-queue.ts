/** What the controller remembers of a transmit queue beside its registers. */
import { TransmitContext } from './transmit-descriptor.js';

export class TransmitQueue {
  readonly number: number;
  /** The two contexts that descriptors choose from. */
  contexts = noContexts();
  /** Of the large packet at the head: segments that were sent before the line was busy. */
  sentSegments = 0;
  /** The rest of a packet that has too many descriptors is to be skipped. */
  isSkipping = false;

  constructor(number: number) {
    this.number = number;
  }

  reset(): void {
    this.contexts = noContexts();
    this.sentSegments = 0;
    this.isSkipping = false;
  }
}

function noContexts(): readonly [TransmitContext, TransmitContext] {
  return [new TransmitContext(), new TransmitContext()];
}
