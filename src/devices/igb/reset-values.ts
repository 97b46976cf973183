/** What registers hold after a reset, beside zero (82576 data sheet §4.3, §8). */
import { EEPROM_SIZE } from './eeprom.js';
import * as registers from './registers.js';

const { CTRL, STATUS, EECD, EECD_PRES, EECD_AUTO_RD, EECD_SIZE_SHIFT, QUEUES } = registers;

/** Descriptors are written back one by one. */
const WRITE_BACK_THRESHOLD = 1 << 16;

/** Registers and what they hold. Link and receive addresses come on top. */
export const RESET_VALUES: readonly (readonly [register: number, value: number])[] = [
  [CTRL, registers.CTRL_FD | registers.CTRL_SPEED_1000 | registers.CTRL_ADVD3WUC],
  [STATUS, registers.STATUS_PHYRA | registers.STATUS_GIO_MASTER_EN | registers.STATUS_PF_RST_DONE],
  [EECD, EECD_PRES | EECD_AUTO_RD | (EEPROM_SIZE << EECD_SIZE_SHIFT)],
  [registers.EERD, registers.EERD_DONE],
  [registers.MDIC, registers.MDIC_READY],
  [registers.VET, 0x8100],
  [registers.LEDCTL, 0x0706_8302],
  [registers.EEMNGCTL, registers.EEMNGCTL_CFG_DONE | (2 ** 31)],
  [registers.RXPBS, 0x40],
  [registers.TXPBS, 0x28],
  [registers.RXCSUM, registers.RXCSUM_IPOFLD | registers.RXCSUM_TUOFLD],
  [registers.RLPML, 0x2600],
  [registers.TCTL, registers.TCTL_PSP | (0xf << 4) | (0x40 << 12) | (1 << 26) | (0xa << 28)],
  [registers.TCTL_EXT, 0x0001_0840],
  [registers.TIPG, 0x0060_2008],
  [registers.DTXCTL, 0x0000_8cfc],
  [registers.DTXTCPFLGL, 0x0f76_0ff6],
  [registers.DTXTCPFLGH, 0x0000_0f7f],
  ...Array.from({ length: QUEUES }, (_, queue) => {
    const enabled = queue === 0 ? registers.QUEUE_ENABLE : 0;
    return [
      [registers.receiveQueue(queue) + registers.RXDCTL, WRITE_BACK_THRESHOLD | enabled],
      [registers.transmitQueue(queue) + registers.TXDCTL, enabled],
      [registers.receiveQueue(queue) + registers.SRRCTL, 0x0000_0400],
    ] as const;
  }).flat(),
];

const EECD_FIXED = EECD_PRES | EECD_AUTO_RD | (EEPROM_SIZE << EECD_SIZE_SHIFT);

/** EECD after software has written it: access to the EEPROM's pins is granted at once; nothing is at them. */
export function grantedEeprom(value: number): number {
  const { EECD_GNT, EECD_REQ } = registers;
  const pins = value & 0x7f;
  return pins | ((value & EECD_REQ) === 0 ? 0 : EECD_GNT) | EECD_FIXED;
}
