/** Builders of the standard capabilities: what a device description says, as registers with their bits. */
import {
  PCI_CAP_EXP_ENDPOINT_SIZEOF_V1,
  PCI_CAP_EXP_ENDPOINT_SIZEOF_V2,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_MSI,
  PCI_CAP_ID_MSIX,
  PCI_CAP_ID_PM,
  PCI_CAP_ID_VNDR,
  PCI_CAP_MSIX_SIZEOF,
  PCI_EXP_DEVCAP,
  PCI_EXP_DEVCAP_FLR,
  PCI_EXP_DEVCTL,
  PCI_EXP_DEVCTL2,
  PCI_EXP_DEVSTA,
  PCI_EXP_FLAGS,
  PCI_EXP_LNKCAP,
  PCI_EXP_LNKCTL,
  PCI_EXP_LNKCTL2,
  PCI_EXP_LNKSTA,
  PCI_MSI_ADDRESS_HI,
  PCI_MSI_ADDRESS_LO,
  PCI_MSI_DATA_32,
  PCI_MSI_DATA_64,
  PCI_MSI_FLAGS,
  PCI_MSI_FLAGS_64BIT,
  PCI_MSI_FLAGS_ENABLE,
  PCI_MSI_FLAGS_MASKBIT,
  PCI_MSI_FLAGS_QSIZE,
  PCI_MSI_MASK_32,
  PCI_MSI_MASK_64,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_ENABLE,
  PCI_MSIX_FLAGS_MASKALL,
  PCI_MSIX_PBA,
  PCI_MSIX_TABLE,
  PCI_PM_CTRL,
  PCI_PM_CTRL_NO_SOFT_RESET,
  PCI_PM_CTRL_PME_ENABLE,
  PCI_PM_CTRL_PME_STATUS,
  PCI_PM_CTRL_STATE_MASK,
  PCI_PM_PMC,
  PCI_PM_SIZEOF,
} from '../uapi/pci-regs.js';
import type { Capability, CapabilityRegister } from './capability.js';

/** Where a capability is to lie; default: the next free place. */
interface Placed {
  readonly offset?: number | undefined;
}

function at(offset: number | undefined): { offset?: number } {
  return offset === undefined ? {} : { offset };
}

export interface MsiOptions extends Placed {
  /** 1, 2, 4, 8, 16 or 32. */
  readonly vectors: number;
  /** Default: true. */
  readonly is64bit?: boolean;
  /** Whether vectors can be masked one by one. Default: false. */
  readonly isMaskable?: boolean;
}

/** MSI (PCI 3.0 §6.8.1). */
export function msiCapability(options: MsiOptions): Capability {
  const { vectors, is64bit = true, isMaskable = false } = options;
  const log2 = Math.log2(vectors);
  if (!Number.isInteger(log2) || log2 < 0 || log2 > 5)
    throw new RangeError('MSI vectors: 1 to 32, a power of two');
  let flags = log2 << 1;
  if (is64bit) flags |= PCI_MSI_FLAGS_64BIT;
  if (isMaskable) flags |= PCI_MSI_FLAGS_MASKBIT;
  const registers: CapabilityRegister[] = [
    {
      offset: PCI_MSI_FLAGS,
      size: 2,
      value: flags,
      writable: PCI_MSI_FLAGS_ENABLE | PCI_MSI_FLAGS_QSIZE,
    },
    { offset: PCI_MSI_ADDRESS_LO, size: 4, writable: 0xffff_fffc },
    { offset: is64bit ? PCI_MSI_DATA_64 : PCI_MSI_DATA_32, size: 2, writable: 0xffff },
  ];
  if (is64bit) registers.push({ offset: PCI_MSI_ADDRESS_HI, size: 4, writable: 0xffff_ffff });
  const mask = is64bit ? PCI_MSI_MASK_64 : PCI_MSI_MASK_32;
  if (isMaskable) {
    registers.push({
      offset: mask,
      size: 4,
      writable: vectors === 32 ? 0xffff_ffff : 2 ** vectors - 1,
    });
  }
  const length = isMaskable ? mask + 8 : is64bit ? 0xe : 0xa;
  return { id: PCI_CAP_ID_MSI, length, registers, ...at(options.offset) };
}

export interface MsixOptions extends Placed {
  /** 1 to 2048. */
  readonly vectors: number;
  /** BAR and offset of the vector table, 16 bytes a vector. */
  readonly table: { readonly bar: number; readonly offset: number };
  /** BAR and offset of the pending bits. */
  readonly pending: { readonly bar: number; readonly offset: number };
}

/** MSI-X (PCI 3.0 §6.8.2). */
export function msixCapability(options: MsixOptions): Capability {
  const { vectors, table, pending } = options;
  if (vectors < 1 || vectors > 2048) throw new RangeError('MSI-X vectors: 1 to 2048');
  return {
    id: PCI_CAP_ID_MSIX,
    length: PCI_CAP_MSIX_SIZEOF,
    registers: [
      {
        offset: PCI_MSIX_FLAGS,
        size: 2,
        value: vectors - 1,
        writable: PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL,
      },
      { offset: PCI_MSIX_TABLE, size: 4, value: table.offset | table.bar },
      { offset: PCI_MSIX_PBA, size: 4, value: pending.offset | pending.bar },
    ],
    ...at(options.offset),
  };
}

export interface PowerManagementOptions extends Placed {
  /** The PMC register: version, D1 and D2 support, PME. Default: version 3, nothing else. */
  readonly capabilities?: number;
  /** Whether registers survive D3hot. Default: true. */
  readonly keepsState?: boolean;
}

/** Power management (PCI Power Management 1.2 §3.2). */
export function powerManagementCapability(options: PowerManagementOptions = {}): Capability {
  const pmc = options.capabilities ?? 0x0003;
  const hasPme = (pmc & 0xf800) !== 0;
  return {
    id: PCI_CAP_ID_PM,
    length: PCI_PM_SIZEOF,
    registers: [
      { offset: PCI_PM_PMC, size: 2, value: pmc },
      {
        offset: PCI_PM_CTRL,
        size: 2,
        value: (options.keepsState ?? true) ? PCI_PM_CTRL_NO_SOFT_RESET : 0,
        writable: PCI_PM_CTRL_STATE_MASK | (hasPme ? PCI_PM_CTRL_PME_ENABLE : 0),
        clearable: hasPme ? PCI_PM_CTRL_PME_STATUS : 0,
      },
    ],
    ...at(options.offset),
  };
}

export interface ExpressOptions extends Placed {
  /** Version of the capability. Default: 2. */
  readonly version?: 1 | 2;
  /** `PCI_EXP_TYPE_…`. Default: an endpoint. */
  readonly type?: number;
  /** Whether it has function level reset. Default: false. */
  readonly hasFunctionLevelReset?: boolean;
  /** The device capabilities register. Default: role-based errors, 128 bytes payload. */
  readonly deviceCapabilities?: number;
  /** Bits of the device control register that software can change; function level reset is added. */
  readonly deviceControl?: number;
  /** 1 for 2.5 GT/s, 2 for 5, 3 for 8, 4 for 16. Default: 1. */
  readonly linkSpeed?: number;
  /** Lanes. Default: 1. */
  readonly linkWidth?: number;
}

/** Bits of the device control register that devices usually take: errors, ordering, sizes, no snoop. */
const DEVICE_CONTROL = 0x78ff;

/** PCI Express (PCI Express Base 3.0 §7.8). */
export function expressCapability(options: ExpressOptions = {}): Capability {
  const { version = 2, type = 0, linkSpeed = 1, linkWidth = 1 } = options;
  const flr = options.hasFunctionLevelReset === true;
  const link = linkSpeed | (linkWidth << 4);
  // Link capabilities: ASPM L0s.
  const registers: CapabilityRegister[] = [
    { offset: PCI_EXP_FLAGS, size: 2, value: version | (type << 4) },
    {
      offset: PCI_EXP_DEVCAP,
      size: 4,
      value: (options.deviceCapabilities ?? 0x8000) | (flr ? PCI_EXP_DEVCAP_FLR : 0),
    },
    { offset: PCI_EXP_DEVCTL, size: 2, writable: options.deviceControl ?? DEVICE_CONTROL },
    { offset: PCI_EXP_DEVSTA, size: 2, clearable: 0xf },
    { offset: PCI_EXP_LNKCAP, size: 4, value: link | 0x400 },
    { offset: PCI_EXP_LNKCTL, size: 2, writable: 0x0fcb },
    { offset: PCI_EXP_LNKSTA, size: 2, value: link },
  ];
  if (version === 2) {
    registers.push({ offset: PCI_EXP_DEVCTL2, size: 2, writable: 0x7fff });
    registers.push({ offset: PCI_EXP_LNKCTL2, size: 2, value: linkSpeed, writable: 0xffff });
  }
  const length = version === 2 ? PCI_CAP_EXP_ENDPOINT_SIZEOF_V2 : PCI_CAP_EXP_ENDPOINT_SIZEOF_V1;
  return { id: PCI_CAP_ID_EXP, length, registers, ...at(options.offset) };
}

/** A vendor's own capability: bytes behind the header of three, read-only. */
export function vendorCapability(bytes: Uint8Array, offset?: number): Capability {
  const registers: CapabilityRegister[] = [{ offset: 2, size: 1, value: bytes.length + 3 }];
  for (const [index, value] of bytes.entries()) {
    registers.push({ offset: 3 + index, size: 1, value });
  }
  return { id: PCI_CAP_ID_VNDR, length: bytes.length + 3, registers, ...at(offset) };
}
