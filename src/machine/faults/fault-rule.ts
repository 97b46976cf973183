/** One fault that is set, with what has come of it. */
import type { FaultSpec } from './fault-spec.js';
import { FaultTrigger } from './fault-trigger.js';

export interface FaultState {
  /** By which it can be removed. */
  readonly id: number;
  readonly spec: string;
  /** How often its place was reached, and how often it struck. */
  readonly reached: number;
  readonly struck: number;
}

export class FaultRule {
  readonly id: number;
  readonly spec: FaultSpec;
  readonly #trigger: FaultTrigger;
  readonly #tell: (rule: FaultRule, detail: string) => void;

  /** @param tell hears each time it strikes */
  constructor(
    id: number,
    spec: FaultSpec,
    seed: number,
    tell: (rule: FaultRule, detail: string) => void,
  ) {
    this.id = id;
    this.spec = spec;
    this.#trigger = new FaultTrigger(spec.times, seed);
    this.#tell = tell;
  }

  get state(): FaultState {
    const { count: reached, strikes: struck } = this.#trigger;
    return { id: this.id, spec: this.spec.text, reached, struck };
  }

  /** Whether it is about this device. */
  concerns(device: string | undefined): boolean {
    return this.spec.device === undefined || this.spec.device === device;
  }

  /** Its place is reached once more. Whether it strikes. @param detail who is struck */
  strikes(detail: () => string): boolean {
    if (!this.#trigger.next()) return false;
    this.#tell(this, detail());
    return true;
  }
}
