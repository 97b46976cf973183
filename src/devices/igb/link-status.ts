/** STATUS as it follows from CTRL and from what the PHY has negotiated (82576 data sheet §8.2.2). */
import type { PhyLink } from './phy.js';
import * as registers from './registers.js';

const { STATUS_ASDV_SHIFT, STATUS_FD, STATUS_LU, STATUS_SPEED_SHIFT } = registers;

/** Bits that have nothing to do with link and bus. */
const KEPT = registers.STATUS_PHYRA | registers.STATUS_PF_RST_DONE;
const SPEED_MASK = 3 << STATUS_SPEED_SHIFT;

/** @param old the register as it was */
export function linkStatus(old: number, control: number, link: PhyLink): number {
  const isForced = (control & registers.CTRL_FRCSPD) !== 0;
  const isDuplexForced = (control & registers.CTRL_FRCDPX) !== 0;
  const speed = isForced ? (control >>> 8) & 3 : link.speed;
  const isFull = isDuplexForced ? (control & registers.CTRL_FD) !== 0 : link.isFullDuplex;
  const isMaster = (control & registers.CTRL_GIO_MASTER_DISABLE) === 0;
  let status = old & KEPT;
  status |= (speed << STATUS_SPEED_SHIFT) | (link.speed << STATUS_ASDV_SHIFT);
  if (isMaster) status |= registers.STATUS_GIO_MASTER_EN;
  if (isFull) status |= STATUS_FD;
  if (link.isUp && (control & registers.CTRL_SLU) !== 0) status |= STATUS_LU;
  return status;
}

/** Whether software is to hear of the difference: link up or down, another speed or duplex. */
export function isOtherLink(before: number, now: number): boolean {
  return ((before ^ now) & (STATUS_LU | STATUS_FD | SPEED_MASK)) !== 0;
}
