/** The commands Get Features and Set Features (NVM Express 1.4 §5.13, §5.21). */
import { type AsyncEvents, EventType, TEMPERATURE_THRESHOLD } from './async-events.js';
import { BROADCAST_NSID, type Command } from './command.js';
import type { DataTransfer } from './data-transfer.js';
import { Feature, type Features } from './features.js';
import { VECTORS } from './interrupt-lines.js';
import { LogPage } from './logs.js';
import type { Namespace } from './namespace.js';
import type { Queues } from './queues.js';
import { CommandError, Status } from './status.js';

/** Get Features: which value. */
const SELECT_CURRENT = 0;
const SELECT_CAPABILITIES = 3;
/** Set Features: keep it over resets. */
const SAVE = 0x8000_0000;
/** Interrupt vector configuration: its interrupts do not wait for others. */
const COALESCING_DISABLE = 0x1_0000;
/** Asynchronous event configuration: tell of the temperature. */
const TEMPERATURE_WARNINGS = 2;

/** What the commands work on. */
export interface FeatureParts {
  readonly namespace: Namespace;
  readonly transfer: DataTransfer;
  readonly features: Features;
  readonly events: AsyncEvents;
  readonly queues: Queues;
}

export class FeatureCommands {
  readonly #parts: FeatureParts;

  constructor(parts: FeatureParts) {
    this.#parts = parts;
  }

  /** @returns the value, for those that are one dword @throws CommandError */
  get(command: Command): number {
    const { features, transfer, namespace } = this.#parts;
    const id = command.dword(10) & 0xff;
    const select = (command.dword(10) >> 8) & 7;
    if (select > SELECT_CAPABILITIES) throw new CommandError(Status.invalidField);
    if (features.isNamespaceSpecific(id)) namespace.checkActive(command.nsid);
    if (select === SELECT_CAPABILITIES) return features.capabilities(id);
    const isCurrent = select === SELECT_CURRENT;
    switch (id) {
      case Feature.timestamp:
        transfer.toHost(command, features.timestamp());
        return 0;
      case Feature.interruptVectorConfiguration: {
        const vector = checkedVector(command.dword(11));
        return vector | (isCurrent && !features.isCoalesced(vector) ? COALESCING_DISABLE : 0);
      }
      case Feature.temperatureThreshold:
        if (isLowThreshold(command.dword(11))) return isCurrent ? features.lowTemperature : 0;
        break;
      default:
    }
    return isCurrent ? features.get(id) : features.initial(id);
  }

  /** @returns the command-specific result @throws CommandError */
  set(command: Command): number {
    const { features, transfer, namespace, queues } = this.#parts;
    const id = command.dword(10) & 0xff;
    const value = command.dword(11);
    const initial = features.initial(id);
    if ((command.dword(10) & SAVE) !== 0) throw new CommandError(Status.featureNotSaveable);
    this.#checkNamespace(id, command.nsid);
    switch (id) {
      case Feature.powerManagement:
        // There is one power state.
        if ((value & 0x1f) !== 0) throw new CommandError(Status.invalidField);
        return 0;
      case Feature.numberOfQueues:
        if ((value & 0xffff) === 0xffff || value >>> 16 === 0xffff) {
          throw new CommandError(Status.invalidField);
        }
        if (queues.hasIoQueues) throw new CommandError(Status.commandSequenceError);
        return initial;
      case Feature.timestamp: {
        const bytes = new Uint8Array(8);
        transfer.fromHost(command, bytes);
        features.setTimestamp(new DataView(bytes.buffer));
        return 0;
      }
      case Feature.interruptVectorConfiguration:
        features.setCoalesced(checkedVector(value), (value & COALESCING_DISABLE) === 0);
        return 0;
      case Feature.temperatureThreshold:
        if (isLowThreshold(value)) features.lowTemperature = value & 0xffff;
        else features.set(id, value & 0xffff);
        this.#checkTemperature();
        return 0;
      case Feature.volatileWriteCache:
        if ((value & 1) === 0) namespace.flush();
        features.set(id, value & 1);
        return 0;
      default:
        features.set(id, value);
        return 0;
    }
  }

  /**
   * Features of the controller are taken with a namespace's identifier, too: QEMU's driver sets the write
   * cache so, and drives let it.
   */
  #checkNamespace(id: number, nsid: number): void {
    const { features, namespace } = this.#parts;
    if (features.isNamespaceSpecific(id)) namespace.checkActiveOrAll(nsid);
    else if (nsid !== 0 && nsid !== namespace.id && nsid !== BROADCAST_NSID) {
      throw new CommandError(Status.invalidNamespace);
    }
  }

  /** Tells of the temperature, if the host wants to hear of it. */
  #checkTemperature(): void {
    const { features, events } = this.#parts;
    const isWanted = (features.get(Feature.asyncEventConfiguration) & TEMPERATURE_WARNINGS) !== 0;
    if (!features.isTemperatureCritical || !isWanted) return;
    events.add(EventType.health, TEMPERATURE_THRESHOLD, LogPage.health);
  }
}

function checkedVector(value: number): number {
  const vector = value & 0xffff;
  if (vector >= VECTORS) throw new CommandError(Status.invalidField);
  return vector;
}

/** Which of the two thresholds is meant. There is the composite temperature only, no other sensor. */
function isLowThreshold(value: number): boolean {
  const sensor = (value >> 16) & 0xf;
  const kind = (value >> 20) & 3;
  const ALL_SENSORS = 0xf;
  if ((sensor !== 0 && sensor !== ALL_SENSORS) || kind > 1) {
    throw new CommandError(Status.invalidField);
  }
  return kind === 1;
}
