/**
 * What a user may do to each bit of configuration space, as data: Linux's permission tables
 * (`drivers/vfio/pci`). Of every bit: is it *virtual*, kept in a copy that only the user sees, and is
 * it *writable*? A bit that is neither shows the hardware's and ignores writes; a writable one that is
 * not virtual goes to the hardware.
 */
import * as regs from '../../uapi/pci-regs.js';

/** The permissions of one register. */
export interface RegisterPermission {
  /** Bytes from the capability's beginning. */
  readonly offset: number;
  readonly size: 1 | 2 | 4;
  /** Bits that show, and take, the user's copy. */
  readonly virtual: number;
  /** Bits that take what is written. */
  readonly writable: number;
}

/** How accesses to a capability are made. */
export type AccessKind =
  /** By the permissions of its registers. */
  | 'registers'
  /** The hardware's, but for the links of the list; writes vanish. */
  | 'read-only'
  /** The hardware's, but for the links of the list; writes go through. */
  | 'write-through';

/** The permissions of one capability. */
export interface CapabilityPermission {
  /** Bytes; 'variable': its own registers say how many (`capability-length.ts`). */
  readonly length: number | 'variable';
  readonly access: AccessKind;
  readonly registers: readonly RegisterPermission[];
}

const NONE = 0;
const ALL = 0xffff_ffff;

function register(
  offset: number,
  size: 1 | 2 | 4,
  virtual: number,
  writable: number,
): RegisterPermission {
  return { offset, size, virtual, writable };
}

function byRegisters(
  length: number | 'variable',
  registers: readonly RegisterPermission[],
): CapabilityPermission {
  return { length, access: 'registers', registers };
}

function readOnly(length: number | 'variable'): CapabilityPermission {
  return { length, access: 'read-only', registers: [] };
}

const writeThrough: CapabilityPermission = {
  length: 'variable',
  access: 'write-through',
  registers: [],
};

/** The link to the next capability is always virtual, so that capabilities can be hidden. */
const NEXT = register(1, 1, ALL, NONE);
/** The whole header of an extended capability is virtual, for the same reason. */
const EXTENDED_HEADER = register(0, 4, ALL, NONE);

/** The header, first 64 bytes. */
export const HEADER_PERMISSION: CapabilityPermission = byRegisters(regs.PCI_STD_HEADER_SIZEOF, [
  register(regs.PCI_VENDOR_ID, 2, ALL, NONE),
  register(regs.PCI_DEVICE_ID, 2, ALL, NONE),
  // INTx disable is the kernel's to use in hardware; the user sees a bit of its own.
  register(regs.PCI_COMMAND, 2, regs.PCI_COMMAND_INTX_DISABLE, ALL),
  register(regs.PCI_STATUS, 2, regs.PCI_STATUS_CAP_LIST, NONE),
  register(regs.PCI_CACHE_LINE_SIZE, 1, NONE, ALL),
  register(regs.PCI_LATENCY_TIMER, 1, NONE, ALL),
  register(regs.PCI_BIST, 1, NONE, ALL),
  ...[0, 1, 2, 3, 4, 5].map((bar) => register(regs.PCI_BASE_ADDRESS_0 + 4 * bar, 4, ALL, ALL)),
  register(regs.PCI_ROM_ADDRESS, 4, ALL, ALL),
  register(regs.PCI_CAPABILITY_LIST, 1, ALL, NONE),
  register(regs.PCI_INTERRUPT_LINE, 1, ALL, ALL),
  register(regs.PCI_INTERRUPT_PIN, 1, ALL, NONE),
]);

const PM_EVENTS = regs.PCI_PM_CTRL_PME_ENABLE | regs.PCI_PM_CTRL_PME_STATUS;

/** Capabilities by id. What is not here is hidden: taken out of the list. */
export const CAPABILITY_PERMISSIONS: ReadonlyMap<number, CapabilityPermission> = new Map([
  [
    regs.PCI_CAP_ID_PM,
    byRegisters(regs.PCI_PM_SIZEOF, [
      NEXT,
      // Power management events are the kernel's; the state is changed by `power-writes.ts`.
      register(regs.PCI_PM_PMC, 2, regs.PCI_PM_CAP_PME_MASK, NONE),
      register(regs.PCI_PM_CTRL, 4, PM_EVENTS, ~(PM_EVENTS | regs.PCI_PM_CTRL_STATE_MASK)),
    ]),
  ],
  [regs.PCI_CAP_ID_AGP, readOnly(12)],
  [
    regs.PCI_CAP_ID_VPD,
    byRegisters(8, [
      NEXT,
      register(regs.PCI_VPD_ADDR, 2, ALL, ALL),
      register(regs.PCI_VPD_DATA, 4, ALL, ALL),
    ]),
  ],
  // Which registers an MSI capability has depends on its control word: `msiPermission`.
  [regs.PCI_CAP_ID_MSI, byRegisters('variable', [])],
  [
    regs.PCI_CAP_ID_PCIX,
    byRegisters('variable', [
      NEXT,
      register(regs.PCI_X_CMD, 2, NONE, ALL),
      register(regs.PCI_X_ECC_CSR, 4, NONE, ALL),
    ]),
  ],
  [regs.PCI_CAP_ID_HT, readOnly('variable')],
  [regs.PCI_CAP_ID_VNDR, writeThrough],
  [
    regs.PCI_CAP_ID_EXP,
    byRegisters('variable', [
      NEXT,
      // Payload and request sizes have to fit the whole system; the reset bit is acted on.
      register(
        regs.PCI_EXP_DEVCTL,
        2,
        regs.PCI_EXP_DEVCTL_BCR_FLR | regs.PCI_EXP_DEVCTL_PAYLOAD | regs.PCI_EXP_DEVCTL_READRQ,
        ~regs.PCI_EXP_DEVCTL_PHANTOM,
      ),
      register(regs.PCI_EXP_DEVCTL2, 2, NONE, ~regs.PCI_EXP_DEVCTL2_ARI),
    ]),
  ],
  [regs.PCI_CAP_ID_MSIX, readOnly(regs.PCI_CAP_MSIX_SIZEOF)],
  [regs.PCI_CAP_ID_SATA, readOnly('variable')],
  [
    regs.PCI_CAP_ID_AF,
    byRegisters(6, [
      NEXT,
      register(regs.PCI_AF_CTRL, 1, regs.PCI_AF_CTRL_FLR, regs.PCI_AF_CTRL_FLR),
    ]),
  ],
]);

/** Uncorrectable errors: undefined, link and transaction layer errors (PCI Express 3.0 §7.10.2). */
const UNCORRECTABLE = 0x03ff_f031;
/** Correctable errors (§7.10.5). */
const CORRECTABLE = 0x0000_f1c1;
/** ECRC generation and checking (§7.10.7). */
const ECRC_ENABLES = 0x0000_0140;

/** Extended capabilities by id. What is not here is hidden. */
export const EXTENDED_PERMISSIONS: ReadonlyMap<number, CapabilityPermission> = new Map([
  [
    regs.PCI_EXT_CAP_ID_ERR,
    byRegisters(0x2c, [
      EXTENDED_HEADER,
      register(regs.PCI_ERR_UNCOR_STATUS, 4, NONE, UNCORRECTABLE),
      register(regs.PCI_ERR_UNCOR_MASK, 4, NONE, UNCORRECTABLE),
      register(regs.PCI_ERR_UNCOR_SEVER, 4, NONE, UNCORRECTABLE),
      register(regs.PCI_ERR_COR_STATUS, 4, NONE, CORRECTABLE),
      register(regs.PCI_ERR_COR_MASK, 4, NONE, CORRECTABLE),
      register(regs.PCI_ERR_CAP, 4, NONE, ECRC_ENABLES),
    ]),
  ],
  [regs.PCI_EXT_CAP_ID_VC, readOnly('variable')],
  [regs.PCI_EXT_CAP_ID_DSN, readOnly(12)],
  [
    regs.PCI_EXT_CAP_ID_PWR,
    // Linux lets the data register's first byte be written, not the selector.
    byRegisters(16, [EXTENDED_HEADER, register(regs.PCI_PWR_DATA, 1, NONE, ALL)]),
  ],
  [regs.PCI_EXT_CAP_ID_MFVC, readOnly('variable')],
  [regs.PCI_EXT_CAP_ID_VC9, readOnly('variable')],
  [regs.PCI_EXT_CAP_ID_VNDR, writeThrough],
  [regs.PCI_EXT_CAP_ID_ACS, readOnly('variable')],
  [regs.PCI_EXT_CAP_ID_ARI, readOnly(8)],
  [regs.PCI_EXT_CAP_ID_ATS, readOnly(8)],
  [regs.PCI_EXT_CAP_ID_SRIOV, readOnly(64)],
  [regs.PCI_EXT_CAP_ID_MCAST, readOnly(40)],
  [regs.PCI_EXT_CAP_ID_PRI, readOnly(16)],
  [regs.PCI_EXT_CAP_ID_REBAR, readOnly('variable')],
  [regs.PCI_EXT_CAP_ID_DPA, readOnly('variable')],
  [regs.PCI_EXT_CAP_ID_TPH, readOnly('variable')],
  [regs.PCI_EXT_CAP_ID_LTR, readOnly(8)],
]);

/** The permissions of an MSI capability with these bits in its control word (PCI 3.0 §6.8.1). */
export function msiPermission(flags: number): CapabilityPermission {
  const has64Bits = (flags & regs.PCI_MSI_FLAGS_64BIT) !== 0;
  const registers = [
    NEXT,
    // Only the low byte: the high one is reserved but for the masking bit.
    register(regs.PCI_MSI_FLAGS, 1, ALL, ALL),
    register(regs.PCI_MSI_ADDRESS_LO, 4, ALL, ALL),
  ];
  if (has64Bits) registers.push(register(regs.PCI_MSI_ADDRESS_HI, 4, ALL, ALL));
  registers.push(register(has64Bits ? regs.PCI_MSI_DATA_64 : regs.PCI_MSI_DATA_32, 2, ALL, ALL));
  if ((flags & regs.PCI_MSI_FLAGS_MASKBIT) !== 0) {
    const mask = has64Bits ? regs.PCI_MSI_MASK_64 : regs.PCI_MSI_MASK_32;
    const pending = has64Bits ? regs.PCI_MSI_PENDING_64 : regs.PCI_MSI_PENDING_32;
    registers.push(register(mask, 4, NONE, ALL), register(pending, 4, NONE, ALL));
  }
  return byRegisters('variable', registers);
}
