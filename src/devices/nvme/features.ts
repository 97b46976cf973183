/** Features of a controller: what Set Features changes and Get Features tells (NVM Express 1.4 §5.21.1). */
import type { Timers } from '../../kernel/timers.js';
import { TEMPERATURE } from './health.js';
import { CommandError, Status } from './status.js';

export const Feature = {
  arbitration: 0x01,
  powerManagement: 0x02,
  temperatureThreshold: 0x04,
  errorRecovery: 0x05,
  volatileWriteCache: 0x06,
  numberOfQueues: 0x07,
  interruptCoalescing: 0x08,
  interruptVectorConfiguration: 0x09,
  writeAtomicity: 0x0a,
  asyncEventConfiguration: 0x0b,
  timestamp: 0x0e,
} as const;

interface FeatureProperties {
  readonly initial: number;
  readonly isChangeable?: boolean;
  readonly isNamespaceSpecific?: boolean;
}

/** 343 K: below the temperature there is never a warning. */
const WARNING_TEMPERATURE = 0x157;
/** Arbitration burst: no limit to the commands taken from a queue at a time. */
const NO_BURST_LIMIT = 7;

/** Those that are one dword each. */
const PROPERTIES: ReadonlyMap<number, FeatureProperties> = new Map<number, FeatureProperties>([
  [Feature.arbitration, { initial: NO_BURST_LIMIT }],
  [Feature.powerManagement, { initial: 0 }],
  [Feature.temperatureThreshold, { initial: WARNING_TEMPERATURE }],
  [Feature.errorRecovery, { initial: 0, isNamespaceSpecific: true }],
  [Feature.volatileWriteCache, { initial: 1 }],
  [Feature.numberOfQueues, { initial: 0, isChangeable: false }],
  [Feature.interruptCoalescing, { initial: 0 }],
  [Feature.interruptVectorConfiguration, { initial: 0 }],
  [Feature.writeAtomicity, { initial: 0 }],
  [Feature.asyncEventConfiguration, { initial: 0 }],
  [Feature.timestamp, { initial: 0 }],
]);

/** Upper six bytes of a timestamp's attributes: set by the host (§5.21.1.14). */
const TIMESTAMP_BY_HOST = 0x02;
/** The unit of the aggregation time. */
const AGGREGATION_UNIT_MS = 0.1;

export class Features {
  /** Below this temperature there is a warning, too; in K. */
  lowTemperature = 0;
  readonly #timers: Timers;
  readonly #queues: number;
  readonly #values = new Map<number, number>();
  /** Vectors whose interrupts do not wait for others. */
  readonly #uncoalesced = new Set<number>();
  #timestamp: { readonly hostMs: number; readonly atMs: number } | undefined;

  /** @param queues I/O queues of each kind */
  constructor(timers: Timers, queues: number) {
    this.#timers = timers;
    this.#queues = queues;
  }

  reset(): void {
    this.#values.clear();
    this.#uncoalesced.clear();
    this.#timestamp = undefined;
    this.lowTemperature = 0;
  }

  /** The current value. @throws CommandError for a feature that there is not */
  get(id: number): number {
    return this.#values.get(id) ?? this.initial(id);
  }

  initial(id: number): number {
    const { initial } = propertiesOf(id);
    return id === Feature.numberOfQueues ? (this.#queues - 1) * 0x1_0001 : initial;
  }

  /** Saveable, namespace specific, changeable: bits 0 to 2 of what SEL 3 gives. */
  capabilities(id: number): number {
    const { isChangeable = true, isNamespaceSpecific = false } = propertiesOf(id);
    return (isNamespaceSpecific ? 2 : 0) | (isChangeable ? 4 : 0);
  }

  isNamespaceSpecific(id: number): boolean {
    return propertiesOf(id).isNamespaceSpecific === true;
  }

  set(id: number, value: number): void {
    this.#values.set(id, value);
  }

  get hasWriteCache(): boolean {
    return (this.get(Feature.volatileWriteCache) & 1) !== 0;
  }

  /** Commands that are taken from a queue before it is another's turn. */
  get burst(): number {
    const bits = this.get(Feature.arbitration) & 7;
    return bits === NO_BURST_LIMIT ? Infinity : 2 ** bits;
  }

  /** Entries that an interrupt waits for, and for how long at most; 0 ms: for none. */
  get coalescing(): { readonly entries: number; readonly delayMs: number } {
    const value = this.get(Feature.interruptCoalescing);
    return { entries: (value & 0xff) + 1, delayMs: ((value >> 8) & 0xff) * AGGREGATION_UNIT_MS };
  }

  isCoalesced(vector: number): boolean {
    return !this.#uncoalesced.has(vector);
  }

  setCoalesced(vector: number, isCoalesced: boolean): void {
    if (isCoalesced) this.#uncoalesced.delete(vector);
    else this.#uncoalesced.add(vector);
  }

  get isTemperatureCritical(): boolean {
    return (
      TEMPERATURE >= this.get(Feature.temperatureThreshold) || TEMPERATURE <= this.lowTemperature
    );
  }

  /** Milliseconds since 1970, as the host said, and time passed since. */
  setTimestamp(bytes: DataView): void {
    const hostMs = bytes.getUint16(4, true) * 2 ** 32 + bytes.getUint32(0, true);
    this.#timestamp = { hostMs, atMs: this.#timers.nowMs };
  }

  timestamp(): Uint8Array {
    const bytes = new DataView(new ArrayBuffer(8));
    const now = this.#timers.nowMs;
    const { hostMs, atMs } = this.#timestamp ?? { hostMs: 0, atMs: 0 };
    const value = Math.floor(hostMs + now - atMs) % 2 ** 48;
    bytes.setUint32(0, value % 2 ** 32, true);
    bytes.setUint16(4, Math.floor(value / 2 ** 32), true);
    bytes.setUint8(6, this.#timestamp === undefined ? 0 : TIMESTAMP_BY_HOST);
    return new Uint8Array(bytes.buffer);
  }
}

function propertiesOf(id: number): FeatureProperties {
  const properties = PROPERTIES.get(id);
  if (properties === undefined) throw new CommandError(Status.invalidField);
  return properties;
}
