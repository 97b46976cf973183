/** Networks as users describe them. Whether their values make sense is `network-plan.ts`. */
import * as v from 'valibot';

/** A network. Devices are put on it by their option `net`; nothing has to be said of a perfect one. */
export interface NetworkDescription {
  readonly name: string;
  /** Bits per second of each line: `100M`, `1G`. Default: no limit. */
  readonly bandwidth?: string | number;
  /** How long a frame is under way: `1ms`, `50us`. Default: 0. */
  readonly latency?: string | number;
  /** How much longer at most, frame by frame, in order. Default: 0. */
  readonly jitter?: string | number;
  /** The part of the frames that is lost: `1%`. Default: 0. */
  readonly loss?: string | number;
  /** The part of the frames that arrives twice. Default: 0. */
  readonly duplication?: string | number;
  /** The part of the frames that is overtaken by the next one. Default: 0. */
  readonly reordering?: string | number;
  /** Another seed, other frames are lost. Default: 1. */
  readonly seed?: string | number;
  /** Bytes of payload that a frame may have. Default: 9710. */
  readonly mtu?: string | number;
  /** A file that all frames are written to: `lan0.pcap`, or `lan0.pcapng`, which tells ports apart. */
  readonly capture?: string;
  /** Bytes of a frame that are captured. Default: all. */
  readonly snaplen?: string | number;
  /** A capture that is sent into the network when there is somebody to take it. */
  readonly replay?: string;
  /** Whether it is replayed as it was recorded (the default) or as fast as frames are taken. */
  readonly pace?: 'original' | 'fast';
  /** Whether there is a plug on it that sends back what it gets. Default: false. */
  readonly loopback?: boolean | string;
  /** A TAP device of the host that is on it. */
  readonly tap?: string;
  /** Path of a Unix socket that another uvfio or QEMU may connect to. */
  readonly listen?: string;
  /** Path of a Unix socket that another uvfio or QEMU listens on. */
  readonly connect?: string;
}

const quantity = v.union([v.string(), v.number()], 'has to be text or a number');
const path = v.pipe(v.string(), v.minLength(1, 'has to be a name'));

export const networkSchema = v.strictObject({
  name: v.pipe(v.string(), v.regex(/^[\w.:-]+$/, 'has to be a word, as lan0')),
  bandwidth: v.optional(quantity),
  latency: v.optional(quantity),
  jitter: v.optional(quantity),
  loss: v.optional(quantity),
  duplication: v.optional(quantity),
  reordering: v.optional(quantity),
  seed: v.optional(quantity),
  mtu: v.optional(quantity),
  capture: v.optional(path),
  snaplen: v.optional(quantity),
  replay: v.optional(path),
  pace: v.optional(v.picklist(['original', 'fast'])),
  loopback: v.optional(v.union([v.boolean(), v.string()], 'has to be true or false')),
  tap: v.optional(path),
  listen: v.optional(path),
  connect: v.optional(path),
});
