/** A network with what is on it beside devices. */
import type { CaptureOptions } from './capture.js';
import { NetworkError } from './network-error.js';
import type { NetworkOptions } from './network-options.js';
import type { ReplayOptions } from './replay.js';
import type { OutsideEnd } from './surroundings.js';

export interface NetworkPlan extends NetworkOptions {
  readonly capture?: CaptureOptions;
  readonly replay?: ReplayOptions;
  /** Whether a port sends back what it receives. Default: no. */
  readonly hasLoopback?: boolean;
  readonly ends?: readonly OutsideEnd[];
}

/** A planned network that can't be had: which key of the plan is at fault, and why. */
export class NetworkPlanError extends NetworkError {
  readonly plan: NetworkPlan;
  readonly key: string;

  constructor(plan: NetworkPlan, key: string, cause: NetworkError) {
    super(cause.message, cause.fix);
    this.plan = plan;
    this.key = key;
  }
}
