/** Making a function's configuration space and BARs from its description. */
import type { MemoryObject } from '../kernel/memory-object.js';
import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_CACHE_LINE_SIZE,
  PCI_CAP_ID_EXP,
  PCI_CFG_SPACE_SIZE,
  PCI_CLASS_PROG,
  PCI_COMMAND,
  PCI_COMMAND_IO,
  PCI_COMMAND_MEMORY,
  PCI_COMMAND_SERR,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_MULTIFUNCTION,
  PCI_HEADER_TYPE_NORMAL,
  PCI_INTERRUPT_LINE,
  PCI_INTERRUPT_PIN,
  PCI_REVISION_ID,
  PCI_ROM_ADDRESS,
  PCI_ROM_ADDRESS1,
  PCI_STD_HEADER_SIZEOF,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from '../uapi/pci-regs.js';
import {
  Bar,
  type BarDescription,
  type BarOwner,
  type Rom,
  mappedSize,
  regionOffset,
} from './bar.js';
import { defineBridgeHeader } from './bridge.js';
import { layOutCapabilities, layOutExtendedCapabilities } from './capability.js';
import { ConfigSpace } from './config-space.js';
import type { FunctionDescription } from './device-model.js';
import type { FunctionPlace } from './function-place.js';

/** The parts of a function. */
export interface FunctionLayout {
  readonly config: ConfigSpace;
  /** Content after power-on, before firmware assigned anything. */
  readonly powerOnConfig: Uint8Array;
  readonly bars: readonly (Bar | undefined)[];
  readonly rom: Rom | undefined;
  /** Offsets by id. */
  readonly capabilities: ReadonlyMap<number, number>;
  readonly extendedCapabilities: ReadonlyMap<number, number>;
  /** What ends when the function leaves the machine. */
  readonly disposers: (() => void)[];
}

/** The index at which a ROM's address is kept beside those of the BARs. */
export const ROM_INDEX = 6;

/** The bits of the command register that a function takes: I/O, memory, master, SERR, INTx disable. */
const COMMAND_WRITABLE = 0x0507;

/** What firmware leaves in the command register: decoding on, SERR. */
const FIRMWARE_COMMAND = PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_SERR;

export function buildFunction(
  description: FunctionDescription,
  place: Pick<FunctionPlace, 'addresses' | 'interruptLine' | 'isMultifunction'>,
  memory: MemoryObject,
  owner: BarOwner,
): FunctionLayout {
  const { capabilities = [], extendedCapabilities = [] } = description;
  const isExpress = capabilities.some(({ id }) => id === PCI_CAP_ID_EXP);
  const isLong =
    isExpress || extendedCapabilities.length > 0 || (description.configImage?.length ?? 0) > 256;
  const config = new ConfigSpace(isLong ? 4096 : 256);
  if (description.configImage !== undefined) {
    config.restore(description.configImage.subarray(0, config.size));
  }
  if (description.unclaimedBytes === 'writable') {
    for (let at = PCI_STD_HEADER_SIZEOF; at < config.size; at += 4) {
      config.allow(at, 4, { writable: 0xffff_ffff });
    }
  }
  defineHeader(config, description, place.isMultifunction);
  const bars = (description.bars ?? []).map((bar) => buildBar(config, bar, place, memory, owner));
  const rom = defineRom(config, description, place);
  const found = layOutCapabilities(config, capabilities);
  const foundExtended = layOutExtendedCapabilities(config, extendedCapabilities);
  // No extended capabilities is said by a header of zeros (PCI Express Base 3.0 §7.9.1).
  if (isLong && extendedCapabilities.length === 0) config.allow(PCI_CFG_SPACE_SIZE, 4, {});
  for (const { offset, writable } of description.writableBits ?? []) {
    config.allow(offset, 4, { writable });
  }
  const powerOnConfig = config.snapshot();
  for (const bar of bars) assignAddress(config, bar);
  if (rom !== undefined) config.write(romRegister(description), 4, Number(rom.address));
  config.write(PCI_INTERRUPT_LINE, 1, place.interruptLine);
  config.write(PCI_COMMAND, 2, FIRMWARE_COMMAND);
  return {
    config,
    powerOnConfig,
    bars: [0, 1, 2, 3, 4, 5].map((index) => bars.find((bar) => bar.index === index)),
    rom,
    capabilities: found,
    extendedCapabilities: foundExtended,
    disposers: [],
  };
}

function defineHeader(
  config: ConfigSpace,
  description: FunctionDescription,
  isMultifunction: boolean,
): void {
  const { identity, interruptPin = 0 } = description;
  config.set(PCI_VENDOR_ID, 2, identity.vendor);
  config.set(PCI_DEVICE_ID, 2, identity.device);
  config.set(PCI_REVISION_ID, 1, identity.revision ?? 0);
  config.set(PCI_CLASS_PROG, 1, identity.class & 0xff);
  config.set(PCI_CLASS_PROG + 1, 2, identity.class >>> 8);
  config.define(PCI_COMMAND, 2, 0, { writable: COMMAND_WRITABLE });
  config.allow(PCI_CACHE_LINE_SIZE, 1, { writable: 0xff });
  config.allow(PCI_INTERRUPT_LINE, 1, { writable: 0xff });
  config.set(PCI_INTERRUPT_PIN, 1, interruptPin);
  const type = description.bridge === undefined ? PCI_HEADER_TYPE_NORMAL : PCI_HEADER_TYPE_BRIDGE;
  config.set(PCI_HEADER_TYPE, 1, type | (isMultifunction ? PCI_HEADER_TYPE_MULTIFUNCTION : 0));
  if (description.bridge !== undefined) defineBridgeHeader(config);
  else {
    config.set(PCI_SUBSYSTEM_VENDOR_ID, 2, identity.subsystemVendor ?? 0);
    config.set(PCI_SUBSYSTEM_ID, 2, identity.subsystem ?? 0);
  }
}

/** The low bits of a BAR that say what it is; all bits from its size up take addresses. */
function buildBar(
  config: ConfigSpace,
  description: BarDescription,
  place: Pick<FunctionPlace, 'addresses'>,
  memory: MemoryObject,
  owner: BarOwner,
): Bar {
  const { index, kind, size, isPrefetchable } = description;
  const register = PCI_BASE_ADDRESS_0 + 4 * index;
  let flags = kind === 'io' ? PCI_BASE_ADDRESS_SPACE_IO : 0;
  if (kind === 'memory64') flags |= PCI_BASE_ADDRESS_MEM_TYPE_64;
  if (isPrefetchable === true) flags |= PCI_BASE_ADDRESS_MEM_PREFETCH;
  const mask = ~(BigInt(size) - 1n);
  config.define(register, 4, flags, { writable: Number(mask & 0xffff_ffffn) });
  if (kind === 'memory64') {
    config.define(register + 4, 4, 0, { writable: Number((mask >> 32n) & 0xffff_ffffn) });
  }
  const isMappable = description.isMappable === true && kind !== 'io';
  const bytes = isMappable ? memory.map(regionOffset(index), mappedSize(size)) : undefined;
  const address = place.addresses.get(index) ?? 0n;
  const bar = new Bar({ ...description, address }, owner, bytes);
  // Before any observer of the model's: what they look at has to be what clients stored.
  if (bytes !== undefined) {
    bar.mapObservers.add((isMapped) => memory.setMapped?.(regionOffset(index), isMapped));
  }
  return bar;
}

function assignAddress(config: ConfigSpace, bar: Bar): void {
  const register = PCI_BASE_ADDRESS_0 + 4 * bar.index;
  config.write(register, 4, Number(bar.address & 0xffff_ffffn));
  if (bar.kind === 'memory64') config.write(register + 4, 4, Number(bar.address >> 32n));
}

function romRegister(description: FunctionDescription): number {
  return description.bridge === undefined ? PCI_ROM_ADDRESS : PCI_ROM_ADDRESS1;
}

function defineRom(
  config: ConfigSpace,
  description: FunctionDescription,
  place: Pick<FunctionPlace, 'addresses'>,
): Rom | undefined {
  const { rom } = description;
  if (rom === undefined) return undefined;
  const writable = (~(rom.size - 1) | 1) >>> 0;
  config.define(romRegister(description), 4, 0, { writable });
  return {
    size: rom.size,
    address: place.addresses.get(ROM_INDEX) ?? 0n,
    image: wholeImage(rom.image ?? new Uint8Array(0), rom.size),
  };
}

/** The memory chip behind the BAR: the image, then zeros. */
function wholeImage(image: Uint8Array, size: number): Uint8Array {
  const whole = new Uint8Array(size);
  whole.set(image.subarray(0, size));
  return whole;
}
