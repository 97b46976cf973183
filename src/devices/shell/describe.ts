/**
 * A shell: a function from a description alone. It is inert, but complete for discovery, binding and
 * everything VFIO says of a device; its BARs are memory.
 */
import type { BarDescription, BarKind } from '../../pci/bar.js';
import type { FunctionDescription, Identity } from '../../pci/device-model.js';
import {
  PCI_BASE_ADDRESS_0,
  PCI_CLASS_REVISION,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_INTERRUPT_PIN,
  PCI_ROM_ADDRESS,
  PCI_ROM_ADDRESS1,
  PCI_SECONDARY_BUS,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_SSVID,
  PCI_EXP_FLAGS,
  PCI_EXP_TYPE_PCI_BRIDGE,
} from '../../uapi/pci-regs.js';
import { capabilitiesOf, extendedCapabilitiesOf } from './image-capabilities.js';

/** A BAR of a shell; what the image says of it is not repeated. */
export interface ShellBar {
  readonly index: number;
  /** Bytes. */
  readonly size: number;
  /** Default: as the image has it; without one, 32-bit memory. */
  readonly kind?: BarKind;
  readonly isPrefetchable?: boolean;
  /** Whether clients may map it. Default: memory up to 1 GiB. */
  readonly isMappable?: boolean;
  /** First bytes; the rest is zero. */
  readonly content?: Uint8Array;
  /** Whether writes are dropped. Default: false. */
  readonly isReadOnly?: boolean;
}

export interface ShellDescription {
  /** Configuration space as a dump has it, 256 or 4096 bytes. */
  readonly config: Uint8Array;
  readonly bars: readonly ShellBar[];
  readonly rom?: { readonly size: number; readonly image?: Uint8Array };
  readonly unclaimedBytes?: 'read-only' | 'writable';
  /** Bits of 32-bit registers that software can change, where they are not the usual ones. */
  readonly writableBits?: FunctionDescription['writableBits'];
}

/** Bytes: arrays have an end, and every client that maps more wants pages for it. */
const LARGEST_MAPPABLE = 2 ** 30;

export function describeShell(shell: ShellDescription): FunctionDescription {
  const { config } = shell;
  const view = new DataView(config.buffer, config.byteOffset, config.byteLength);
  const isBridge = (view.getUint8(PCI_HEADER_TYPE) & 0x7f) === 1;
  const romRegister = isBridge ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS;
  const romAddress = BigInt((view.getUint32(romRegister, true) & ~0x7ff) >>> 0);
  const { rom } = shell;
  const description: FunctionDescription = {
    model: 'shell',
    identity: identityOf(view, isBridge),
    interruptPin: pinOf(view.getUint8(PCI_INTERRUPT_PIN)),
    bars: shell.bars.map((bar) => describeBar(view, bar)),
    capabilities: capabilitiesOf(config),
    extendedCapabilities: extendedCapabilitiesOf(config),
    configImage: config,
    unclaimedBytes: shell.unclaimedBytes ?? 'read-only',
    ...(shell.writableBits === undefined ? {} : { writableBits: shell.writableBits }),
    ...(rom === undefined
      ? {}
      : { rom: romAddress === 0n ? rom : { ...rom, address: romAddress } }),
  };
  if (!isBridge) return description;
  const secondaryBus = view.getUint8(PCI_SECONDARY_BUS);
  const bridge = { isolatesFunctions: !leadsToConventionalPci(view) };
  return { ...description, bridge: secondaryBus === 0 ? bridge : { ...bridge, secondaryBus } };
}

function identityOf(view: DataView, isBridge: boolean): Identity {
  const classRevision = view.getUint32(PCI_CLASS_REVISION, true);
  const subsystemAt = isBridge ? ssvidOf(view) : PCI_SUBSYSTEM_VENDOR_ID;
  return {
    vendor: view.getUint16(PCI_VENDOR_ID, true),
    device: view.getUint16(PCI_DEVICE_ID, true),
    revision: classRevision & 0xff,
    class: classRevision >>> 8,
    subsystemVendor: subsystemAt === undefined ? 0 : view.getUint16(subsystemAt, true),
    subsystem:
      subsystemAt === undefined
        ? 0
        : view.getUint16(subsystemAt + PCI_SUBSYSTEM_ID - PCI_SUBSYSTEM_VENDOR_ID, true),
  };
}

/** Bridges name their subsystem in a capability. */
function ssvidOf(view: DataView): number | undefined {
  const image = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const found = capabilitiesOf(image).find(({ id }) => id === PCI_CAP_ID_SSVID)?.offset;
  return found === undefined ? undefined : found + 4;
}

function leadsToConventionalPci(view: DataView): boolean {
  const image = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const express = capabilitiesOf(image).find(({ id }) => id === PCI_CAP_ID_EXP)?.offset;
  if (express === undefined) return true;
  return ((view.getUint16(express + PCI_EXP_FLAGS, true) >> 4) & 0xf) === PCI_EXP_TYPE_PCI_BRIDGE;
}

function pinOf(value: number): 0 | 1 | 2 | 3 | 4 {
  return value === 1 || value === 2 || value === 3 || value === 4 ? value : 0;
}

function describeBar(view: DataView, bar: ShellBar): BarDescription {
  const { index, size, content } = bar;
  const low = view.getUint32(PCI_BASE_ADDRESS_0 + 4 * index, true);
  const kind = bar.kind ?? kindOf(low);
  const mask = kind === 'io' ? ~0x3 : ~0xf;
  let address = BigInt((low & mask) >>> 0);
  if (kind === 'memory64' && index < 5) {
    address |= BigInt(view.getUint32(PCI_BASE_ADDRESS_0 + 4 * index + 4, true)) << 32n;
  }
  const isMemory = kind !== 'io';
  return {
    index,
    kind,
    size,
    isPrefetchable: bar.isPrefetchable ?? (isMemory && (low & 8) !== 0),
    isMappable: bar.isMappable ?? (isMemory && size <= LARGEST_MAPPABLE),
    isReadOnly: bar.isReadOnly ?? false,
    ...(address === 0n ? {} : { address }),
    ...(content === undefined ? {} : { content }),
  };
}

function kindOf(low: number): BarKind {
  if ((low & 1) !== 0) return 'io';
  return (low & 6) === 4 ? 'memory64' : 'memory32';
}
