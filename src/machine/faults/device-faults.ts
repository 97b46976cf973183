/** Faults of one device: its DMA, its interrupts, its registers, its being there. */
import type { Kernel } from '../../kernel/kernel.js';
import type { BarAccess } from '../../pci/bar.js';
import type { PciFunction } from '../../pci/function.js';
import type { FaultRule } from './fault-rule.js';

export class DeviceFaults {
  readonly #kernel: Kernel;
  readonly #member: PciFunction;
  readonly #rules: readonly FaultRule[];
  /** By BAR: what answered before. */
  readonly #answering = new Map<number, BarAccess>();
  /** What registers are stuck at that had no value given. */
  readonly #held = new Map<FaultRule, number>();
  readonly #pullOut: () => void;
  #stopHolding: (() => void) | undefined;

  /** @param pullOut takes the device out of its slot */
  constructor(
    kernel: Kernel,
    member: PciFunction,
    rules: readonly FaultRule[],
    pullOut: () => void,
  ) {
    this.#kernel = kernel;
    this.#member = member;
    this.#rules = rules;
    this.#pullOut = pullOut;
    this.#install();
  }

  /** Leaves the device as it was. */
  remove(): void {
    const { dma, interrupts, bars } = this.#member;
    dma.inject = undefined;
    interrupts.intercept = undefined;
    for (const [index, access] of this.#answering) {
      const bar = bars[index];
      if (bar?.access !== undefined) bar.access = access;
    }
    this.#stopHolding?.();
  }

  #install(): void {
    const { dma, interrupts, bars } = this.#member;
    const counts = this.#of('device').length > 0;
    if (counts || this.#of('dma', 'dma_read', 'dma_write').length > 0) {
      dma.inject = (isWrite) => this.#dma(isWrite);
    }
    if (counts || this.#of('irq').length > 0) {
      interrupts.intercept = (deliver) => this.#interrupt(deliver);
    }
    for (const bar of bars) {
      const isStuck = this.#of('register').some(({ spec }) => spec.bar === bar?.index);
      if (bar?.access === undefined || !(counts || isStuck)) continue;
      this.#answering.set(bar.index, bar.access);
      bar.access = this.#accessTo(bar.index, bar.access);
    }
    this.#holdMapped();
  }

  #of(...points: string[]): FaultRule[] {
    return this.#rules.filter(({ spec }) => points.includes(spec.point.name));
  }

  #dma(isWrite: boolean): boolean {
    this.#operation();
    const rules = this.#of('dma', isWrite ? 'dma_write' : 'dma_read');
    // Each counts, whether or not another one has struck.
    return rules.filter((rule) => rule.strikes(() => this.#name)).length > 0;
  }

  #interrupt(deliver: () => void): boolean {
    this.#operation();
    for (const rule of this.#of('irq')) {
      if (!rule.strikes(() => this.#name)) continue;
      const { action, delayMs = 0 } = rule.spec;
      if (action === 'lost') return false;
      if (action === 'spurious') deliver();
      else {
        this.#kernel.timers.set(delayMs, deliver);
        return true;
      }
    }
    deliver();
    return true;
  }

  #accessTo(bar: number, access: BarAccess): BarAccess {
    return {
      read: (offset, size) => {
        this.#operation();
        const value = access.read(offset, size);
        return this.#stuckAt(bar, offset, size, value);
      },
      write: (offset, size, value) => {
        this.#operation();
        access.write(offset, size, value);
      },
    };
  }

  /** What a read gives: of a stuck register, what it is stuck at. */
  #stuckAt(bar: number, offset: number, size: number, value: number): number {
    for (const rule of this.#of('register')) {
      const { spec } = rule;
      const isHit = spec.bar === bar && offset <= spec.offset && offset + size > spec.offset;
      if (!isHit || !rule.strikes(() => this.#name)) continue;
      return this.#valueOf(rule, offset === spec.offset ? value : 0, size);
    }
    return value;
  }

  /** The value that was given, or the first that was read. */
  #valueOf(rule: FaultRule, now: number, size: number): number {
    const value = rule.spec.value ?? this.#held.get(rule) ?? now;
    this.#held.set(rule, value);
    return (value >>> 0) & (0xffff_ffff >>> (32 - 8 * size));
  }

  /** Clients read mapped registers without asking: those are put back whenever somebody looks. */
  #holdMapped(): void {
    const stuck = this.#of('register').flatMap((rule) => {
      const bytes = this.#member.bars[rule.spec.bar]?.bytes;
      if (bytes === undefined || rule.spec.offset + 4 > bytes.length) return [];
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const { offset, value = view.getUint32(offset, true) } = rule.spec;
      return [{ rule, view, offset, value }];
    });
    if (stuck.length === 0) return;
    this.#stopHolding = this.#kernel.pollers.add(() => {
      for (const { rule, view, offset, value } of stuck) {
        const hasChanged = view.getUint32(offset, true) !== value;
        if (hasChanged && rule.strikes(() => this.#name)) view.setUint32(offset, value, true);
      }
      return false;
    });
  }

  /** One more operation of the device; it may have been its last. */
  #operation(): void {
    for (const rule of this.#of('device')) if (rule.strikes(() => this.#name)) this.#pullOut();
  }

  get #name(): string {
    return this.#member.device.name;
  }
}
