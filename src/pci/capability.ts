/** Capabilities of a function, as data; the list that links them is made when they are laid out. */
import type { AccessSize, ConfigSpace, RegisterBits } from './config-space.js';
import { PCI_CAPABILITY_LIST, PCI_STATUS, PCI_STATUS_CAP_LIST } from '../uapi/pci-regs.js';

/** One register of a capability. */
export interface CapabilityRegister extends RegisterBits {
  /** Bytes from the capability's beginning. */
  readonly offset: number;
  readonly size: AccessSize;
  readonly value?: number;
}

/** A capability of the first 256 bytes. */
export interface Capability {
  /** `PCI_CAP_ID_…` */
  readonly id: number;
  /** Bytes, header included. */
  readonly length: number;
  /** Where it lies; default: the next free place, 4-byte aligned. */
  readonly offset?: number;
  readonly registers: readonly CapabilityRegister[];
}

/** A capability of PCI Express extended configuration space. */
export interface ExtendedCapability extends Capability {
  readonly version: number;
}

/** Lays capabilities out from 0x40 on, or where they say, and links them. Returns offsets by id. */
export function layOutCapabilities(
  config: ConfigSpace,
  capabilities: readonly Capability[],
): Map<number, number> {
  const offsets = new Map<number, number>();
  let link = PCI_CAPABILITY_LIST;
  let free = 0x40;
  for (const capability of capabilities) {
    const at = capability.offset ?? free;
    config.set(link, 1, at);
    claim(config, at, capability.length);
    config.set(at, 1, capability.id);
    defineRegisters(config, at, capability);
    if (!offsets.has(capability.id)) offsets.set(capability.id, at);
    link = at + 1;
    free = (Math.max(free, at + capability.length) + 3) & ~3;
  }
  if (capabilities.length > 0) config.setBits(PCI_STATUS, 2, PCI_STATUS_CAP_LIST, true);
  return offsets;
}

/** Lays extended capabilities out from 0x100 on, or where they say. Returns offsets by id. */
export function layOutExtendedCapabilities(
  config: ConfigSpace,
  capabilities: readonly ExtendedCapability[],
): Map<number, number> {
  const offsets = new Map<number, number>();
  let previous: number | undefined;
  let free = 0x100;
  for (const capability of capabilities) {
    const at = capability.offset ?? free;
    claim(config, at, capability.length);
    config.set(at, 4, capability.id | (capability.version << 16));
    if (previous !== undefined)
      config.set(previous + 2, 2, (config.read(previous + 2, 2) & 0xf) | (at << 4));
    defineRegisters(config, at, capability);
    if (!offsets.has(capability.id)) offsets.set(capability.id, at);
    previous = at;
    free = (Math.max(free, at + capability.length) + 3) & ~3;
  }
  return offsets;
}

/** Everything a capability does not say is zero and read-only. */
function claim(config: ConfigSpace, at: number, length: number): void {
  for (let i = 0; i < length; i++) config.define(at + i, 1, 0);
}

function defineRegisters(config: ConfigSpace, at: number, capability: Capability): void {
  for (const { offset, size, value, ...bits } of capability.registers) {
    config.define(at + offset, size, value ?? 0, bits);
  }
}
