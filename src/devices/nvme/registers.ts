/**
 * Registers of an NVMe controller, named as NVM Express 1.4 has them (§3.1, figure 69). BAR 0: registers
 * in the first page, doorbells in the second, the MSI-X table in the third, its pending bits in the last.
 */

/** Bytes of BAR 0. */
export const BAR_SIZE = 0x4000;
/** Bytes of the registers that there are; the rest of the first page is reserved. */
export const REGISTERS_SIZE = 0x40;
export const DOORBELLS = 0x1000;
export const MSIX_TABLE = 0x2000;
export const MSIX_PENDING = 0x3000;

/** RO, 64 bits: capabilities. */
export const CAP = 0x00;
/** RO: version. */
export const VS = 0x08;
/** RW1S: interrupt mask set. */
export const INTMS = 0x0c;
/** RW1C: interrupt mask clear. */
export const INTMC = 0x10;
/** RW: controller configuration. */
export const CC = 0x14;
/** RO: controller status. */
export const CSTS = 0x1c;
/** RW: sizes of the admin queues. */
export const AQA = 0x24;
/** RW, 64 bits: address of the admin submission queue. */
export const ASQ = 0x28;
/** RW, 64 bits: address of the admin completion queue. */
export const ACQ = 0x30;

/** Memory page sizes up to 2^(12 + this) (CAP.MPSMAX). */
export const MPS_MAXIMUM = 4;
/**
 * Entries of a queue, one less, are MQES of CAP. Queues are contiguous (CQR); 7.5 s to become ready (TO);
 * doorbells 4 bytes apart; NVM command set, all I/O command sets, admin only (CSS); pages of 4 to 64 KiB.
 */
export const CAP_LOW = 0x0f01_0000;
export const CAP_HIGH = 0x0000_1820 | (MPS_MAXIMUM << 20);
export const VERSION_1_4 = 0x0001_0400;

/** CC: fields that there are. */
export const CC_WRITABLE = 0x00ff_fff1;
export const CC_EN = 1;
/** CC.CSS: which command sets are used. */
export const CSS_NVM = 0;
export const CSS_ALL = 6;
export const CSS_ADMIN_ONLY = 7;

export const CSTS_RDY = 1;
/** Controller fatal status. */
export const CSTS_CFS = 2;
/** Shutdown status: complete. */
export const CSTS_SHST_COMPLETE = 2 << 2;

/** Bits of AQA that there are. */
export const AQA_WRITABLE = 0x0fff_0fff;
/** Addresses of queues begin at pages. */
export const QUEUE_ADDRESS_WRITABLE = 0xffff_f000;

/** Fields of CC. */
export const configuration = {
  isEnabled: (cc: number): boolean => (cc & CC_EN) !== 0,
  commandSets: (cc: number): number => (cc >> 4) & 7,
  /** log2 of the memory page size. */
  pageBits: (cc: number): number => 12 + ((cc >> 7) & 0xf),
  arbitration: (cc: number): number => (cc >> 11) & 7,
  shutdown: (cc: number): number => (cc >> 14) & 3,
  /** log2 of the bytes of an I/O submission queue entry. */
  submissionEntryBits: (cc: number): number => (cc >> 16) & 0xf,
  completionEntryBits: (cc: number): number => (cc >> 20) & 0xf,
};
