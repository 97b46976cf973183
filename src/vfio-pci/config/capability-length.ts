/**
 * How many bytes a capability has whose length is in its own registers, as Linux counts them for
 * vfio-pci. Bytes behind that belong to nobody and pass through.
 */
import type { ConfigSpace } from '../../pci/config-space.js';
import * as regs from '../../uapi/pci-regs.js';

/** Bytes of a capability at `at`; 0 for what is not of variable length. */
export function capabilityLength(config: ConfigSpace, id: number, at: number): number {
  switch (id) {
    case regs.PCI_CAP_ID_MSI:
      return msiLength(config.read(at + regs.PCI_MSI_FLAGS, 2));
    case regs.PCI_CAP_ID_PCIX:
      // PCI-X 2.0 §7.2.2: version 0 has no ECC registers.
      return (config.read(at + regs.PCI_X_CMD, 2) & 0x3000) !== 0 ? 24 : 8;
    case regs.PCI_CAP_ID_HT:
      // HyperTransport: host and slave capabilities have a three-bit type of 0 or 1.
      return (config.read(at + 3, 1) & 0xe0) !== 0 ? 22 : 28;
    case regs.PCI_CAP_ID_VNDR:
      return config.read(at + 2, 1);
    case regs.PCI_CAP_ID_EXP:
      return expressLength(config.read(at + regs.PCI_EXP_FLAGS, 2));
    case regs.PCI_CAP_ID_SATA:
      // Serial ATA AHCI 1.3 §2.4: registers inline or elsewhere.
      return (config.read(at + 4, 1) & 0xf) === 0xf ? 16 : 8;
    default:
      return 0;
  }
}

/** Bytes of an extended capability at `at`; 0 for what is not of variable length. */
export function extendedCapabilityLength(config: ConfigSpace, id: number, at: number): number {
  switch (id) {
    case regs.PCI_EXT_CAP_ID_VC:
    case regs.PCI_EXT_CAP_ID_VC9:
    case regs.PCI_EXT_CAP_ID_MFVC:
      return virtualChannelLength(config.read(at + 4, 4), config.read(at + 8, 4));
    case regs.PCI_EXT_CAP_ID_VNDR:
      return config.read(at + 4, 4) >>> 20;
    case regs.PCI_EXT_CAP_ID_ACS: {
      // With egress control, a vector of as many bits as byte 5 says, 256 for none.
      if ((config.read(at + 4, 1) & 0x20) === 0) return 8;
      const bits = config.read(at + 5, 1);
      return 8 + (bits === 0 ? 256 : roundUp(bits, 32)) / 8;
    }
    case regs.PCI_EXT_CAP_ID_REBAR:
      return 4 + (config.read(at + 8, 1) >> 5) * 8;
    case regs.PCI_EXT_CAP_ID_DPA:
      return 16 + (config.read(at + 4, 1) & 0x1f) + 1;
    case regs.PCI_EXT_CAP_ID_TPH: {
      // The steering tag table is here, in the MSI-X table, or nowhere (PCI Express 3.0 §7.26.2).
      const capability = config.read(at + 4, 4);
      return (capability & 0x600) === 0x200 ? 12 + ((capability >>> 16) & 0x7ff) * 2 + 2 : 12;
    }
    default:
      return 0;
  }
}

function msiLength(flags: number): number {
  const has64Bits = (flags & regs.PCI_MSI_FLAGS_64BIT) !== 0;
  const hasMasks = (flags & regs.PCI_MSI_FLAGS_MASKBIT) !== 0;
  return 10 + (has64Bits ? 4 : 0) + (hasMasks ? 10 : 0);
}

/** By version; endpoints integrated into the root complex have no link registers. */
function expressLength(flags: number): number {
  const isIntegrated = (flags & regs.PCI_EXP_FLAGS_TYPE) >> 4 === regs.PCI_EXP_TYPE_RC_END;
  if ((flags & regs.PCI_EXP_FLAGS_VERS) === 1) {
    return isIntegrated ? 0xc : regs.PCI_CAP_EXP_ENDPOINT_SIZEOF_V1;
  }
  return isIntegrated ? 0x2c : regs.PCI_CAP_EXP_ENDPOINT_SIZEOF_V2;
}

/** Channels, then the arbitration table, aligned, of four bits a phase. */
function virtualChannelLength(capability1: number, capability2: number): number {
  const length = 0x10 + (1 + (capability1 & 7)) * 0xc;
  let phases = 0;
  if ((capability2 & 8) !== 0) phases = 128;
  else if ((capability2 & 4) !== 0) phases = 64;
  else if ((capability2 & 2) !== 0) phases = 32;
  return phases === 0 ? length : roundUp(length, 16) + (phases * 4) / 8;
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
