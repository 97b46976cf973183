/** What the lines of a port are like, by the options of its network. */
import type { LineShape } from './line.js';
import type { NetworkOptions } from './network-options.js';

/** What a NIC's transmit buffer holds: so much may wait for a line. */
const SENDER_QUEUE_BYTES = 64 * 1024;
/** What a switch holds for a port. */
const SWITCH_QUEUE_BYTES = 512 * 1024;

/** A frame meets with what goes wrong on its way into the network; on its way out it only takes its turn. */
export interface LineShapes {
  readonly uplink: LineShape;
  /** Undefined where the network never has to queue for a port. */
  readonly downlink: LineShape | undefined;
}

export function lineShapes(options: NetworkOptions): LineShapes {
  const { latencyMs = 0, jitterMs = 0, loss = 0, duplication = 0, reordering = 0 } = options;
  const { bandwidthBps } = options;
  const speed = { bandwidthBps: bandwidthBps ?? 1e9, isLimited: bandwidthBps !== undefined };
  const faults = { latencyMs, jitterMs, loss, duplication, reordering };
  const uplink = { ...speed, ...faults, queueBytes: SENDER_QUEUE_BYTES };
  if (!speed.isLimited) return { uplink, downlink: undefined };
  const noFaults = { latencyMs: 0, jitterMs: 0, loss: 0, duplication: 0, reordering: 0 };
  return { uplink, downlink: { ...speed, ...noFaults, queueBytes: SWITCH_QUEUE_BYTES } };
}
