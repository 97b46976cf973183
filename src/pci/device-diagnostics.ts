/**
 * What a device's author wants to know: registers that a driver touched and no one modelled, and where
 * the model itself failed.
 */
import type { Device } from '../kernel/device.js';
import type { Diagnostics } from '../kernel/diagnostics.js';
import type { KernelLog } from '../kernel/log.js';
import type { UnmodelledAccess } from './device-model.js';
import { hex } from './pci-address.js';

/** A register that was touched without being modelled. */
export interface UnmodelledRegister {
  readonly bar: number;
  readonly offset: number;
  readonly reads: number;
  readonly writes: number;
}

/** A model that threw. */
export interface ModelDefect {
  /** What it was doing: `write of 0x1 to 4 bytes at BAR 0 offset 0x8`. */
  readonly doing: string;
  /** What it threw. */
  readonly error: unknown;
}

/** Defects of one model that are logged and kept; later ones are only counted. */
const MAXIMUM_DEFECTS = 20;

/** Registers told apart for one device; accesses to more are only counted. */
const MAXIMUM_REGISTERS = 1024;

export class DeviceDiagnostics {
  readonly #device: Device;
  readonly #log: KernelLog;
  readonly #events: Diagnostics;
  readonly #registers = new Map<
    string,
    { bar: number; offset: number; reads: number; writes: number }
  >();
  readonly #listeners = new Set<(access: UnmodelledAccess) => void>();
  readonly #defects: ModelDefect[] = [];
  readonly #knownDefects = new Set<string>();
  #defectCount = 0;
  #accesses = 0;

  constructor(device: Device, log: KernelLog, events: Diagnostics) {
    this.#device = device;
    this.#log = log;
    this.#events = events;
  }

  /** Accesses to registers that the model does not have. */
  get unmodelledAccesses(): number {
    return this.#accesses;
  }

  /** Those registers, in the order they were first touched. */
  get unmodelledRegisters(): readonly UnmodelledRegister[] {
    return [...this.#registers.values()];
  }

  /** Calls `listener` with each such access from now on. Returns the function that ends it. */
  onUnmodelled(listener: (access: UnmodelledAccess) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Times the model threw. */
  get defectCount(): number {
    return this.#defectCount;
  }

  /** What it threw, once for each place that it came from. */
  get defects(): readonly ModelDefect[] {
    return this.#defects;
  }

  /** Counts a defect of the model; the first one of a place is logged, with its `stack`. */
  reportDefect({ doing, error }: ModelDefect, stack: string): void {
    this.#defectCount += 1;
    if (this.#defects.length >= MAXIMUM_DEFECTS) return;
    if (this.#knownDefects.has(stack)) return;
    this.#knownDefects.add(stack);
    this.#defects.push({ doing, error });
    this.#log.deviceDefect(this.#device, `the device model fails at a ${doing}: ${stack}`);
  }

  /** Counts an access; the first one to a register is logged. */
  report(access: UnmodelledAccess): void {
    this.#accesses += 1;
    const { bar, offset, value } = access;
    const key = `${bar}:${offset}`;
    let register = this.#registers.get(key);
    if (register === undefined && this.#registers.size < MAXIMUM_REGISTERS) {
      register = { bar, offset, reads: 0, writes: 0 };
      this.#registers.set(key, register);
      const what = value === undefined ? 'read' : `write of 0x${hex(value, 1)}`;
      this.#log.deviceInfo(
        this.#device,
        `unmodelled register: BAR ${bar} offset 0x${hex(offset, 1)}, ${what}`,
      );
    }
    if (register !== undefined) {
      if (value === undefined) register.reads += 1;
      else register.writes += 1;
    }
    for (const listener of this.#listeners) listener(access);
    this.#events.unmodelled.publish?.({ device: this.#device, ...access });
  }
}
