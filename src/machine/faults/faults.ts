/**
 * Faults on purpose: calls, points of the kernel and devices that fail by rules. The same rules with the
 * same seed give the same faults. While there are none, nothing is asked.
 */
import type { SystemCall } from '../../kernel/diagnostics.js';
import type { CallFault, FaultInjector } from '../../kernel/faults.js';
import type { Kernel } from '../../kernel/kernel.js';
import { type PciFunction, pciFunctionOf } from '../../pci/function.js';
import type { Pci } from '../../pci/pci.js';
import { RequestError } from '../request-error.js';
import { DeviceFaults } from './device-faults.js';
import { callName, deviceOfCall } from './fault-point.js';
import { FaultRule, type FaultState } from './fault-rule.js';
import { type FaultSpec, parseFaultSpec } from './fault-spec.js';

/** The faults of a machine, for people. */
export interface FaultReport {
  readonly seed: number;
  readonly faults: readonly FaultState[];
}

/** What faults are part of. */
export interface FaultPlace {
  readonly kernel: Kernel;
  readonly pci: Pci;
  /** Takes a device out of its slot by surprise. */
  readonly pullOut: (member: PciFunction) => void;
}

export class Faults implements FaultInjector {
  /** Of the random faults. */
  readonly seed: number;
  readonly #place: FaultPlace;
  readonly #rules = new Map<number, FaultRule>();
  readonly #devices = new Map<PciFunction, DeviceFaults>();
  #nextId = 1;

  constructor(place: FaultPlace, seed: number) {
    this.seed = seed;
    this.#place = place;
    place.pci.bus.notifier.register(({ action, device }) => {
      const member = pciFunctionOf(device);
      if (member === undefined) return;
      if (action === 'add-device') this.#installOn(member);
      if (action === 'remove-device') this.#devices.delete(member);
    });
  }

  /**
   * Sets a fault.
   * @param spec `map_dma:ENOMEM@3`, `alloc:5%`, `irq:lost@2,device=0000:00:04.0`, …
   * @throws RequestError bad-fault, no-such-device
   */
  add(spec: string | FaultSpec): FaultState {
    const parsed = typeof spec === 'string' ? parseFaultSpec(spec) : spec;
    this.#checkDevice(parsed);
    const id = this.#nextId++;
    const rule = new FaultRule(id, parsed, (this.seed + id) >>> 0, (struck, detail) =>
      this.#place.kernel.log.info(`fault ${struck.spec.text} strikes: ${detail}`),
    );
    this.#rules.set(id, rule);
    this.#changed();
    return rule.state;
  }

  /** Removes a fault, or all. @throws RequestError bad-fault when there is none of that number */
  remove(id?: number): void {
    if (id === undefined) this.#rules.clear();
    else if (!this.#rules.delete(id)) {
      const ids = [...this.#rules.keys()].join(', ');
      const fix = ids === '' ? 'none is set' : `set are ${ids}`;
      throw new RequestError('bad-fault', `there is no fault ${id}: ${fix}`);
    }
    this.#changed();
  }

  /** All that are set, in order. */
  get report(): FaultReport {
    return { seed: this.seed, faults: [...this.#rules.values()].map(({ state }) => state) };
  }

  point(name: string): number | undefined {
    let errno: number | undefined;
    for (const rule of this.#rules.values()) {
      if (rule.spec.point.kernelName !== name) continue;
      if (rule.strikes(() => `the kernel's ${name}`)) errno ??= rule.spec.errno ?? 0;
    }
    return errno;
  }

  call(call: SystemCall): CallFault | undefined {
    const name = callName(call);
    if (name === undefined) return undefined;
    let errno: number | undefined;
    let delayMs: number | undefined;
    for (const rule of this.#rules.values()) {
      if (rule.spec.point.name !== name || !rule.concerns(deviceOfCall(call))) continue;
      if (!rule.strikes(() => `${name} of ${callerOf(call)}`)) continue;
      errno ??= rule.spec.errno;
      delayMs ??= rule.spec.delayMs;
    }
    return errno === undefined && delayMs === undefined ? undefined : { errno, delayMs };
  }

  /** @throws RequestError when the device is not there, or has no such register */
  #checkDevice({ text, point, device, bar, offset }: FaultSpec): void {
    if (device === undefined) return;
    const member = this.#place.pci.functionAt(device);
    const refuse = (problem: string): never => {
      throw new RequestError('bad-fault', `fault '${text}': ${problem}`);
    };
    const known = [...this.#place.pci.bus.devices.keys()].join(', ');
    if (member === undefined) refuse(`there is no device at ${device}: devices are at ${known}`);
    if (point.name !== 'register') return;
    const size = member?.bars[bar]?.size ?? 0;
    if (offset >= size)
      refuse(`${device} has no register at BAR ${bar} offset 0x${offset.toString(16)}`);
  }

  #changed(): void {
    this.#place.kernel.faults.injector = this.#rules.size > 0 ? this : undefined;
    for (const faults of this.#devices.values()) faults.remove();
    this.#devices.clear();
    for (const member of this.#place.pci.functions) this.#installOn(member);
  }

  #installOn(member: PciFunction): void {
    const rules = [...this.#rules.values()].filter(
      (rule) => rule.spec.point.kind === 'device' && rule.concerns(member.device.name),
    );
    if (rules.length === 0) return;
    const { kernel, pullOut } = this.#place;
    this.#devices.set(member, new DeviceFaults(kernel, member, rules, () => pullOut(member)));
  }
}

function callerOf(call: SystemCall): string {
  if (!('task' in call)) return '';
  const { comm, pid } = call.task;
  return `${comm} (${pid})`;
}
