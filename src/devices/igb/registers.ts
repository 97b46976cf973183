/**
 * Registers of the Intel 82576 that the model has, named as its data sheet has them (82576EB Gigabit
 * Ethernet Controller Datasheet, rev. 2.8, §8). BAR 0, 128 KiB, words of 32 bits. Offsets in bytes.
 */

/** Bytes of BAR 0: registers. */
export const BAR_SIZE = 0x2_0000;
/** Bytes of BAR 3: the MSI-X table, and from half of it on its pending bits. */
export const MSIX_BAR_SIZE = 0x4000;
export const MSIX_PENDING = 0x2000;
/** Vectors of MSI-X. */
export const VECTORS = 10;
/** Receive queues, and as many transmit queues. */
export const QUEUES = 16;

// General (§8.2)

/** Device control. */
export const CTRL = 0x0000;
/** Device status, RO. */
export const STATUS = 0x0008;
/** EEPROM control. */
export const EECD = 0x0010;
/** EEPROM read. */
export const EERD = 0x0014;
/** Extended device control. */
export const CTRL_EXT = 0x0018;
/** MDI control: access to the PHY. */
export const MDIC = 0x0020;
/** EtherTypes of VLAN tags. */
export const VET = 0x0038;
export const LEDCTL = 0x0e00;
/** Management control of the EEPROM: here, whether the PHY has its configuration. */
export const EEMNGCTL = 0x1010;

// Semaphores (§8.11)

/** Software semaphore. */
export const SWSM = 0x5b50;
/** Firmware semaphore, RO. */
export const FWSM = 0x5b54;
export const SW_FW_SYNC = 0x5b5c;

// Interrupts (§8.8)

/** Extended interrupt cause set, WO. */
export const EICS = 0x1520;
/** Extended interrupt mask set. */
export const EIMS = 0x1524;
/** Extended interrupt mask clear, WO. */
export const EIMC = 0x1528;
/** Extended interrupt auto clear. */
export const EIAC = 0x152c;
/** Extended interrupt auto mask. */
export const EIAM = 0x1530;
/** Extended interrupt cause, cleared by reading. */
export const EICR = 0x1580;
/** General purpose interrupt enable. */
export const GPIE = 0x1514;
/** Interrupt cause, cleared by reading. */
export const ICR = 0x1500;
/** Interrupt cause set, WO. */
export const ICS = 0x1504;
/** Interrupt mask set. */
export const IMS = 0x1508;
/** Interrupt mask clear, WO. */
export const IMC = 0x150c;
/** Interrupt acknowledge auto mask. */
export const IAM = 0x1510;
/** Interrupt throttling, one word a vector. */
export const EITR = 0x1680;
/** Vectors of the queues' causes, a byte a cause. */
export const IVAR = 0x1700;
/** Vectors of the other causes. */
export const IVAR_MISC = 0x1740;

/** Registers that have a second place, as `[there, here]`, and how many bytes of them. */
export const ALIASES: readonly (readonly [alias: number, register: number, bytes: number])[] = [
  [0x0004, CTRL, 4],
  [0x00c0, ICR, 4],
  [0x00c8, ICS, 4],
  [0x00d0, IMS, 4],
  [0x00d8, IMC, 4],
  [0x00e0, IAM, 4],
  ...[0, 1, 2, 3].flatMap((queue) => [
    [0xc000 + 0x40 * queue, 0x2800 + 0x100 * queue, 0x40] as const,
    [0xe000 + 0x40 * queue, 0x3800 + 0x100 * queue, 0x40] as const,
  ]),
];

/** By which software asks, and then waits for the answer in the same register; in ascending order. */
export const HANDSHAKES: readonly number[] = [EERD, MDIC];

// Receive (§8.10)

/** Receive control. */
export const RCTL = 0x0100;
/** Size of the receive packet buffer, in KiB. */
export const RXPBS = 0x2404;
/** Receive checksum control. */
export const RXCSUM = 0x5000;
/** Longest packet that is received while RCTL.LPE is set, in bytes. */
export const RLPML = 0x5004;
export const RFCTL = 0x5008;
/** Multicast table array, 128 words. */
export const MTA = 0x5200;
/** Receive addresses 0 to 15, and from RA2 on 16 to 23, two words each. */
export const RA = 0x5400;
export const RA2 = 0x54e0;
/** VLAN filter table array, 128 words. */
export const VFTA = 0x5600;
/** Multiple receive queues command. */
export const MRQC = 0x5818;
/** Redirection table, 32 words of four entries. */
export const RETA = 0x5c00;
/** RSS random key, ten words. */
export const RSSRK = 0x5c80;
/** Unicast table array, 128 words. */
export const UTA = 0xa000;

/** Registers of a receive queue, from `receiveQueue` on. */
export const RDBAL = 0x00;
export const RDBAH = 0x04;
export const RDLEN = 0x08;
export const SRRCTL = 0x0c;
export const RDH = 0x10;
export const RDT = 0x18;
export const RXDCTL = 0x28;
/** Packets dropped for want of descriptors, cleared by reading. */
export const RQDPC = 0x30;

/** Where the registers of a receive queue are: those of the first four where older controllers have them. */
export function receiveQueue(queue: number): number {
  return queue < 4 ? 0x2800 + 0x100 * queue : 0xc000 + 0x40 * queue;
}

// Transmit (§8.12)

/** Transmit control. */
export const TCTL = 0x0400;
export const TCTL_EXT = 0x0404;
export const TIPG = 0x0410;
/** Size of the transmit packet buffer, in KiB. */
export const TXPBS = 0x3404;
export const DTXCTL = 0x3590;
/** TCP flags that segments but the last have, and the last has. */
export const DTXTCPFLGL = 0x359c;
export const DTXTCPFLGH = 0x35a0;

/** Registers of a transmit queue, from `transmitQueue` on. */
export const TDBAL = 0x00;
export const TDBAH = 0x04;
export const TDLEN = 0x08;
export const TDH = 0x10;
export const TDT = 0x18;
export const TXDCTL = 0x28;
/** Where the head is written instead of descriptors, when the lowest bit is set. */
export const TDWBAL = 0x38;
export const TDWBAH = 0x3c;

/** Where the registers of a transmit queue are. */
export function transmitQueue(queue: number): number {
  return queue < 4 ? 0x3800 + 0x100 * queue : 0xe000 + 0x40 * queue;
}

// Bits

export const CTRL_FD = 1 << 0;
export const CTRL_GIO_MASTER_DISABLE = 1 << 2;
/** Set link up. */
export const CTRL_SLU = 1 << 6;
export const CTRL_SPEED_1000 = 2 << 8;
export const CTRL_FRCSPD = 1 << 11;
export const CTRL_FRCDPX = 1 << 12;
export const CTRL_ADVD3WUC = 1 << 20;
/** Port software reset. */
export const CTRL_RST = 1 << 26;
/** Device reset: of all ports. */
export const CTRL_DEV_RST = 1 << 29;
/** VLAN mode: tags are stripped from what is received. */
export const CTRL_VME = 1 << 30;
export const CTRL_PHY_RST = 2 ** 31;

export const STATUS_FD = 1 << 0;
/** Link up. */
export const STATUS_LU = 1 << 1;
export const STATUS_SPEED_SHIFT = 6;
export const STATUS_ASDV_SHIFT = 8;
/** PHY reset asserted. */
export const STATUS_PHYRA = 1 << 10;
export const STATUS_GIO_MASTER_EN = 1 << 19;
export const STATUS_PF_RST_DONE = 1 << 21;

export const EECD_REQ = 1 << 6;
export const EECD_GNT = 1 << 7;
export const EECD_PRES = 1 << 8;
export const EECD_AUTO_RD = 1 << 9;
export const EECD_SIZE_SHIFT = 11;

export const EERD_START = 1 << 0;
export const EERD_DONE = 1 << 1;

/** Extended reset: what CTRL.RST does, but for the PHY's configuration. */
export const CTRL_EXT_EE_RST = 1 << 13;

export const MDIC_OP_SHIFT = 26;
export const MDIC_OP_WRITE = 1;
export const MDIC_OP_READ = 2;
export const MDIC_READY = 1 << 28;
export const MDIC_INTERRUPT = 1 << 29;
export const MDIC_ERROR = 1 << 30;

export const EEMNGCTL_CFG_DONE = (1 << 18) | (1 << 19);

export const SWSM_SMBI = 1 << 0;

/** One MSI-X vector a cause, as IVAR has it. */
export const GPIE_MULTIPLE_MSIX = 1 << 4;
/** Reading ICR clears it, whatever IMS says. */
export const GPIE_NSICR = 1 << 0;

export const RCTL_EN = 1 << 1;
/** Store bad packets. */
export const RCTL_SBP = 1 << 2;
/** Unicast and multicast promiscuous. */
export const RCTL_UPE = 1 << 3;
export const RCTL_MPE = 1 << 4;
/** Long packets, up to RLPML. */
export const RCTL_LPE = 1 << 5;
/** Loopback in the MAC. */
export const RCTL_LBM_MAC = 1 << 6;
export const RCTL_LBM_MASK = 3 << 6;
export const RCTL_MO_SHIFT = 12;
/** Broadcasts are accepted. */
export const RCTL_BAM = 1 << 15;
export const RCTL_BSIZE_SHIFT = 16;
/** VLAN filter enable. */
export const RCTL_VFE = 1 << 18;
/** Canonical form indicator: enable and value. */
export const RCTL_CFIEN = 1 << 19;
export const RCTL_CFI = 1 << 20;
/** Pass MAC control frames. */
export const RCTL_PMCF = 1 << 23;
/** Strip the CRC. */
export const RCTL_SECRC = 1 << 26;

export const RXCSUM_IPOFLD = 1 << 8;
export const RXCSUM_TUOFLD = 1 << 9;
export const RXCSUM_PCSS_MASK = 0xff;
/** The descriptor has the RSS hash, not the fragment checksum. */
export const RXCSUM_PCSD = 1 << 13;

export const RAH_AV = 2 ** 31;

export const QUEUE_ENABLE = 1 << 25;

export const SRRCTL_DROP_EN = 2 ** 31;

export const TCTL_EN = 1 << 1;
/** Pad short packets. */
export const TCTL_PSP = 1 << 3;

/** Causes of interrupts (ICR). */
export const ICR_TXDW = 1 << 0;
/** Link status change. */
export const ICR_LSC = 1 << 2;
/** Receiver overrun. */
export const ICR_RXO = 1 << 6;
export const ICR_RXDW = 1 << 7;
/** An access to the PHY is complete. */
export const ICR_MDAC = 1 << 9;
export const ICR_INT_ASSERTED = 2 ** 31;
