/** Builders of extended capabilities (PCI Express Base 3.0 §7.9 to §7.18). */
import {
  PCI_ACS_CAP,
  PCI_ACS_CTRL,
  PCI_EXT_CAP_ID_ACS,
  PCI_EXT_CAP_ID_DSN,
  PCI_EXT_CAP_ID_ERR,
  PCI_EXT_CAP_ID_VNDR,
} from '../uapi/pci-regs.js';
import type { CapabilityRegister, ExtendedCapability } from './capability.js';

function at(offset: number | undefined): { offset?: number } {
  return offset === undefined ? {} : { offset };
}

/** Uncorrectable errors that there are: all of the specification but those of newer versions. */
const UNCORRECTABLE = 0x003f_f030;
const CORRECTABLE = 0x0000_f1c1;

/** Advanced error reporting (§7.10). */
export function aerCapability(
  options: { readonly version?: 1 | 2; readonly offset?: number } = {},
): ExtendedCapability {
  return {
    id: PCI_EXT_CAP_ID_ERR,
    version: options.version ?? 2,
    length: 0x48,
    registers: [
      { offset: 0x04, size: 4, clearable: UNCORRECTABLE },
      { offset: 0x08, size: 4, writable: UNCORRECTABLE },
      { offset: 0x0c, size: 4, value: 0x0046_2030, writable: UNCORRECTABLE },
      { offset: 0x10, size: 4, clearable: CORRECTABLE },
      { offset: 0x14, size: 4, value: 0x0000_e000, writable: CORRECTABLE },
      { offset: 0x18, size: 4, value: 0x0000_00a0, writable: 0x0000_0140 },
    ],
    ...at(options.offset),
  };
}

/** Device serial number (§7.12): 64 bits, EUI-64. */
export function serialNumberCapability(serial: bigint, offset?: number): ExtendedCapability {
  return {
    id: PCI_EXT_CAP_ID_DSN,
    version: 1,
    length: 0x0c,
    registers: [
      { offset: 4, size: 4, value: Number(serial & 0xffff_ffffn) },
      { offset: 8, size: 4, value: Number((serial >> 32n) & 0xffff_ffffn) },
    ],
    ...at(offset),
  };
}

/** Access control services (§7.16) of a port: everything on that keeps functions apart. */
export function acsCapability(offset?: number): ExtendedCapability {
  return {
    id: PCI_EXT_CAP_ID_ACS,
    version: 1,
    length: 0x08,
    registers: [
      { offset: PCI_ACS_CAP, size: 2, value: 0x5f },
      { offset: PCI_ACS_CTRL, size: 2, value: 0x1d, writable: 0x5f },
    ],
    ...at(offset),
  };
}

/** A vendor's own extended capability: its id, revision, and read-only bytes behind (§7.18). */
export function vendorExtendedCapability(
  options: { readonly id: number; readonly revision: number; readonly bytes: Uint8Array },
  offset?: number,
): ExtendedCapability {
  const { id, revision, bytes } = options;
  const length = 8 + bytes.length;
  const registers: CapabilityRegister[] = [
    { offset: 4, size: 4, value: id | (revision << 16) | (length << 20) },
  ];
  for (const [index, value] of bytes.entries()) {
    registers.push({ offset: 8 + index, size: 1, value });
  }
  return { id: PCI_EXT_CAP_ID_VNDR, version: 1, length, registers, ...at(offset) };
}
