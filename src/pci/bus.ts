/** One PCI bus with the functions on it (`struct pci_bus`): the root bus, or the one behind a bridge. */
import { kernelError } from '../kernel/error.js';
import type { PciFunction } from './function.js';
import { formatBus } from './pci-address.js';

export class PciBus {
  readonly domain: number;
  readonly number: number;
  /** The bridge it is behind; undefined for a root bus. */
  readonly bridge: PciFunction | undefined;
  readonly #functions: PciFunction[] = [];

  constructor(domain: number, number: number, bridge?: PciFunction) {
    this.domain = domain;
    this.number = number;
    this.bridge = bridge;
  }

  /** `DDDD:BB` */
  get name(): string {
    return formatBus(this.domain, this.number);
  }

  /** Bridges above, nearest first. */
  get bridges(): readonly PciFunction[] {
    return this.bridge === undefined ? [] : [this.bridge, ...this.bridge.bus.bridges];
  }

  /** The functions on the bus, by slot and function. */
  get functions(): readonly PciFunction[] {
    return this.#functions;
  }

  /** The functions on the bus, then those on all buses behind it, in the order of a scan. */
  get functionsBelow(): readonly PciFunction[] {
    const behind = this.#functions.flatMap((member) => member.secondaryBus?.functionsBelow ?? []);
    return [...this.#functions, ...behind];
  }

  /** Puts a function on the bus. */
  add(member: PciFunction): void {
    this.#functions.push(member);
    this.#functions.sort(
      (a, b) => a.address.slot - b.address.slot || a.address.function - b.address.function,
    );
  }

  /** Takes a function off the bus. */
  remove(member: PciFunction): void {
    const index = this.#functions.indexOf(member);
    if (index >= 0) this.#functions.splice(index, 1);
  }

  /** Whether resetting the bus resets this function and nothing else (`pci_parent_bus_reset`). */
  canResetFor(member: PciFunction): boolean {
    if (this.bridge === undefined || member.secondaryBus !== undefined) return false;
    return this.#functions.every((other) => other === member);
  }

  /**
   * Resets everything on the bus (`pci_reset_bus`), configuration spaces put back afterwards.
   * @throws ENOTTY for a root bus, which has no bridge to do it
   */
  reset(): void {
    if (this.bridge === undefined) throw kernelError('ENOTTY');
    const saved = this.functionsBelow.map((member) => [member, member.config.snapshot()] as const);
    for (const [member] of saved) member.hardwareReset('bus');
    for (const [member, config] of saved) member.restoreConfig(config);
  }
}
