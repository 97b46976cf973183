/** What can be chosen of a controller's size. The defaults are those that were recorded of QEMU's. */

export interface ControllerLimits {
  /** I/O queues of each kind. */
  readonly queues: number;
  /** Entries of an I/O queue. */
  readonly queueEntries: number;
}

export const DEFAULT_LIMITS: ControllerLimits = { queues: 64, queueEntries: 2048 };
/** So many have doorbells and vectors. */
export const MAXIMUM_QUEUES = 64;
/** CAP.MQES has 16 bits. */
export const MAXIMUM_QUEUE_ENTRIES = 65_536;
