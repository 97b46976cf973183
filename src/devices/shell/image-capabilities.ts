/**
 * Capabilities out of an image of configuration space: which bits of them software can change follows
 * from what they are; what a driver had enabled when the image was taken is off again.
 */
import {
  msiCapability,
  msixCapability,
  powerManagementCapability,
} from '../../pci/capabilities.js';
import type { Capability, CapabilityRegister, ExtendedCapability } from '../../pci/capability.js';
import { aerCapability } from '../../pci/extended-capabilities.js';
import {
  PCI_ACS_CTRL,
  PCI_CAPABILITY_LIST,
  PCI_CAP_ID_AF,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_CAP_ID_SATA,
  PCI_CAP_ID_SHPC,
  PCI_CAP_ID_SSVID,
  PCI_CAP_ID_VNDR,
  PCI_CAP_ID_VPD,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL2,
  PCI_EXP_DEVSTA,
  PCI_EXP_FLAGS,
  PCI_EXP_FLAGS_SLOT,
  PCI_EXP_LNKCTL,
  PCI_EXP_LNKCTL2,
  PCI_EXP_RTCTL,
  PCI_EXP_SLTCTL,
  PCI_EXT_CAP_ID_ACS,
  PCI_EXT_CAP_ID_ARI,
  PCI_EXT_CAP_ID_DSN,
  PCI_EXT_CAP_ID_ERR,
  PCI_EXT_CAP_ID_LTR,
  PCI_EXT_CAP_ID_SRIOV,
  PCI_EXT_CAP_ID_VC,
  PCI_EXT_CAP_ID_VNDR,
  PCI_MSIX_FLAGS_QSIZE,
  PCI_PM_CTRL_NO_SOFT_RESET,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
} from '../../uapi/pci-regs.js';

/** Bytes of capabilities that have one size. */
const LENGTHS: Readonly<Record<number, number>> = {
  [PCI_CAP_ID_VPD]: 8,
  [PCI_CAP_ID_SHPC]: 8,
  [PCI_CAP_ID_SSVID]: 8,
  [PCI_CAP_ID_SATA]: 8,
  [PCI_CAP_ID_AF]: 6,
};
const EXTENDED_LENGTHS: Readonly<Record<number, number>> = {
  [PCI_EXT_CAP_ID_VC]: 0x1c,
  [PCI_EXT_CAP_ID_DSN]: 0x0c,
  [PCI_EXT_CAP_ID_ACS]: 0x08,
  [PCI_EXT_CAP_ID_ARI]: 0x08,
  [PCI_EXT_CAP_ID_SRIOV]: 0x40,
  [PCI_EXT_CAP_ID_LTR]: 0x08,
};

/** Links followed at most: there is no room for more. */
const MAXIMUM_CAPABILITIES = 48;
const MAXIMUM_EXTENDED = 480;

/** Capabilities of the first 256 bytes, in the order of their list. */
export function capabilitiesOf(image: Uint8Array): Capability[] {
  const view = viewOf(image);
  if ((view.getUint16(PCI_STATUS, true) & PCI_STATUS_CAP_LIST) === 0) return [];
  const found: Capability[] = [];
  const seen = new Set<number>();
  let at = view.getUint8(PCI_CAPABILITY_LIST) & 0xfc;
  while (at >= 0x40 && !seen.has(at) && found.length < MAXIMUM_CAPABILITIES) {
    seen.add(at);
    found.push(capabilityAt(view, at));
    at = view.getUint8(at + 1) & 0xfc;
  }
  return found;
}

/** Capabilities of the rest, in the order of their list. */
export function extendedCapabilitiesOf(image: Uint8Array): ExtendedCapability[] {
  const view = viewOf(image);
  const found: ExtendedCapability[] = [];
  const seen = new Set<number>();
  let at = 0x100;
  while (
    at >= 0x100 &&
    at + 4 <= image.length &&
    !seen.has(at) &&
    found.length < MAXIMUM_EXTENDED
  ) {
    seen.add(at);
    const header = view.getUint32(at, true);
    if (header === 0 || header === 0xffff_ffff) break;
    found.push(extendedAt(view, at, header));
    at = header >>> 20;
  }
  return found;
}

function viewOf(image: Uint8Array): DataView {
  return new DataView(image.buffer, image.byteOffset, image.byteLength);
}

function capabilityAt(view: DataView, at: number): Capability {
  const id = view.getUint8(at);
  const flags = view.getUint16(at + 2, true);
  switch (id) {
    case PCI_CAP_ID_MSI:
      return msiCapability({
        vectors: 1 << Math.min(5, (flags >> 1) & 7),
        is64bit: (flags & 0x80) !== 0,
        isMaskable: (flags & 0x100) !== 0,
        offset: at,
      });
    case PCI_CAP_ID_MSIX: {
      const table = view.getUint32(at + 4, true);
      const pending = view.getUint32(at + 8, true);
      return msixCapability({
        vectors: (flags & PCI_MSIX_FLAGS_QSIZE) + 1,
        table: { bar: table & 7, offset: (table & ~7) >>> 0 },
        pending: { bar: pending & 7, offset: (pending & ~7) >>> 0 },
        offset: at,
      });
    }
    case PCI_CAP_ID_PM:
      return powerManagementCapability({
        capabilities: flags,
        keepsState: (view.getUint16(at + 4, true) & PCI_PM_CTRL_NO_SOFT_RESET) !== 0,
        offset: at,
      });
    case PCI_CAP_ID_EXP:
      return expressAt(view, at);
    case PCI_CAP_ID_VNDR:
      return readOnly(view, id, at, Math.max(3, view.getUint8(at + 2)));
    default:
      return readOnly(view, id, at, LENGTHS[id] ?? 4);
  }
}

/** Length by version and kind of port, as the kernel reckons it. */
function expressAt(view: DataView, at: number): Capability {
  const flags = view.getUint16(at + PCI_EXP_FLAGS, true);
  const isVersion1 = (flags & 0xf) === 1;
  const isRootPort = ((flags >> 4) & 0xf) === 4;
  const hasSlot = (flags & PCI_EXP_FLAGS_SLOT) !== 0;
  const length = !isVersion1 ? 0x3c : isRootPort ? 0x24 : hasSlot ? 0x1c : 0x14;
  const capability = readOnly(view, PCI_CAP_ID_EXP, at, length);
  const writable: [number, number][] = [
    [PCI_EXP_DEVCTL, 0x78ff],
    [PCI_EXP_LNKCTL, 0x0fcb],
    [PCI_EXP_SLTCTL, 0x1fff],
    [PCI_EXP_RTCTL, 0x001f],
    [PCI_EXP_DEVCTL2, 0x7fff],
    [PCI_EXP_LNKCTL2, 0xffff],
  ];
  const registers: CapabilityRegister[] = writable
    .filter(([offset]) => offset + 2 <= length)
    .map(([offset, bits]) => ({
      offset,
      size: 2,
      value: view.getUint16(at + offset, true),
      writable: bits,
    }));
  registers.push({ offset: PCI_EXP_DEVSTA, size: 2, clearable: 0xf });
  return { ...capability, registers: [...capability.registers, ...registers] };
}

function extendedAt(view: DataView, at: number, header: number): ExtendedCapability {
  const id = header & 0xffff;
  const version = (header >>> 16) & 0xf;
  if (id === PCI_EXT_CAP_ID_ERR) {
    const image = readOnly(view, id, at, 0x48, 4);
    const standard = aerCapability({ offset: at });
    const registers = standard.registers.map((register) => ({
      ...register,
      value: register.clearable === undefined ? view.getUint32(at + register.offset, true) : 0,
    }));
    return { ...image, version, registers: [...image.registers, ...registers] };
  }
  const own = id === PCI_EXT_CAP_ID_VNDR ? view.getUint32(at + 4, true) >>> 20 : undefined;
  const capability = readOnly(view, id, at, own ?? EXTENDED_LENGTHS[id] ?? 4, 4);
  if (id !== PCI_EXT_CAP_ID_ACS) return { ...capability, version };
  const control: CapabilityRegister = {
    offset: PCI_ACS_CTRL,
    size: 2,
    value: view.getUint16(at + PCI_ACS_CTRL, true),
    writable: 0x7f,
  };
  return { ...capability, version, registers: [...capability.registers, control] };
}

/** A capability as the image has it, nothing in it writable. */
function readOnly(view: DataView, id: number, at: number, length: number, header = 2): Capability {
  const registers: CapabilityRegister[] = [];
  const end = Math.min(length, view.byteLength - at);
  for (let offset = header; offset < end; offset++) {
    registers.push({ offset, size: 1, value: view.getUint8(at + offset) });
  }
  return { id, length: end, offset: at, registers };
}
