/** What firmware writes into a bridge: the buses behind it, and windows to the addresses there. */
import {
  PCI_BRIDGE_CONTROL,
  PCI_BRIDGE_CTL_BUS_RESET,
  PCI_IO_BASE,
  PCI_IO_LIMIT,
  PCI_MEMORY_BASE,
  PCI_MEMORY_LIMIT,
  PCI_PREF_BASE_UPPER32,
  PCI_PREF_LIMIT_UPPER32,
  PCI_PREF_MEMORY_BASE,
  PCI_PREF_MEMORY_LIMIT,
  PCI_PRIMARY_BUS,
  PCI_SECONDARY_BUS,
  PCI_SUBORDINATE_BUS,
} from '../uapi/pci-regs.js';
import type { ConfigSpace } from './config-space.js';
import type { AddressRange, BridgeWindows } from './firmware.js';
import type { PciFunction } from './function.js';
import type { BusPlan } from './plan.js';

/** Says what software can do to the registers of a bridge, before anything is written to them. */
export function defineBridgeHeader(config: ConfigSpace): void {
  for (const register of [PCI_PRIMARY_BUS, PCI_SECONDARY_BUS, PCI_SUBORDINATE_BUS]) {
    config.allow(register, 1, { writable: 0xff });
  }
  for (const register of [PCI_IO_BASE, PCI_IO_LIMIT]) {
    config.allow(register, 1, { writable: 0xf0 });
  }
  for (const register of [PCI_MEMORY_BASE, PCI_MEMORY_LIMIT]) {
    config.allow(register, 2, { writable: 0xfff0 });
  }
  for (const register of [PCI_PREF_MEMORY_BASE, PCI_PREF_MEMORY_LIMIT]) {
    config.define(register, 2, config.read(register, 2) | 1, { writable: 0xfff0 });
  }
  for (const register of [PCI_PREF_BASE_UPPER32, PCI_PREF_LIMIT_UPPER32]) {
    config.allow(register, 4, { writable: 0xffff_ffff });
  }
  config.allow(PCI_BRIDGE_CONTROL, 2, { writable: 0x007f });
}

/** Where a bridge's windows lead, as its registers have it. */
export function readWindows(config: ConfigSpace): {
  readonly io: AddressRange | undefined;
  readonly memory: AddressRange | undefined;
  readonly prefetchable: AddressRange | undefined;
} {
  const high = (register: number) => BigInt(config.read(register, 4)) << 32n;
  const mib = (register: number) => BigInt(config.read(register, 2) & 0xfff0) << 16n;
  return {
    io: range(
      BigInt(config.read(PCI_IO_BASE, 1) & 0xf0) << 8n,
      (BigInt(config.read(PCI_IO_LIMIT, 1) & 0xf0) << 8n) | 0xfffn,
    ),
    memory: range(mib(PCI_MEMORY_BASE), mib(PCI_MEMORY_LIMIT) | 0xf_ffffn),
    prefetchable: range(
      high(PCI_PREF_BASE_UPPER32) | mib(PCI_PREF_MEMORY_BASE),
      high(PCI_PREF_LIMIT_UPPER32) | mib(PCI_PREF_MEMORY_LIMIT) | 0xf_ffffn,
    ),
  };
}

function range(start: bigint, end: bigint): AddressRange | undefined {
  return start < end && end !== 0xf_ffffn ? { start, end } : undefined;
}

/** Makes a bridge reset what is behind it when asked to, and writes its registers as firmware does. */
export function setBridgeRegisters(
  bridge: PciFunction,
  behind: BusPlan,
  windows: BridgeWindows | undefined,
): void {
  const { config } = bridge;
  config.watch(PCI_BRIDGE_CONTROL, 2, () => {
    if ((config.read(PCI_BRIDGE_CONTROL, 2) & PCI_BRIDGE_CTL_BUS_RESET) === 0) return;
    for (const member of bridge.secondaryBus?.functionsBelow ?? []) member.hardwareReset('bus');
  });
  writeBridgeRegisters(bridge, behind, windows);
}

/**
 * Writes bus numbers and windows, unless an image of the bridge says what firmware wrote. A window of
 * nothing has its base above its limit.
 */
export function writeBridgeRegisters(
  bridge: PciFunction,
  behind: BusPlan,
  windows: BridgeWindows | undefined,
): void {
  const { config } = bridge;
  if (bridge.description.configImage !== undefined) return;
  config.write(PCI_PRIMARY_BUS, 1, bridge.address.bus);
  config.write(PCI_SECONDARY_BUS, 1, behind.number);
  config.write(PCI_SUBORDINATE_BUS, 1, behind.subordinate);
  const { io, memory, high } = windows ?? {};
  config.write(PCI_IO_BASE, 1, io === undefined ? 0xf0 : Number(io.start >> 8n));
  config.write(PCI_IO_LIMIT, 1, io === undefined ? 0 : Number(io.end >> 8n));
  const memoryBase = memory === undefined ? 0xfff0 : Number((memory.start >> 16n) & 0xffffn);
  config.write(PCI_MEMORY_BASE, 2, memoryBase);
  config.write(
    PCI_MEMORY_LIMIT,
    2,
    memory === undefined ? 0 : Number((memory.end >> 16n) & 0xffffn),
  );
  const highBase = high === undefined ? 0xfff0 : Number((high.start >> 16n) & 0xffffn);
  config.write(PCI_PREF_MEMORY_BASE, 2, highBase);
  config.write(
    PCI_PREF_MEMORY_LIMIT,
    2,
    high === undefined ? 0 : Number((high.end >> 16n) & 0xffffn),
  );
  config.write(PCI_PREF_BASE_UPPER32, 4, Number((high?.start ?? 0n) >> 32n));
  config.write(PCI_PREF_LIMIT_UPPER32, 4, Number((high?.end ?? 0n) >> 32n));
}
