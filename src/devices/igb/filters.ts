/** Which packets are for this station (82576 data sheet §7.1.1): addresses, hashes of addresses, VLANs. */
import type { RegisterFile } from './register-file.js';
import {
  MTA,
  RA,
  RA2,
  RAH_AV,
  RCTL,
  RCTL_BAM,
  RCTL_CFI,
  RCTL_CFIEN,
  RCTL_MO_SHIFT,
  RCTL_MPE,
  RCTL_UPE,
  RCTL_VFE,
  VFTA,
} from './registers.js';
import { BROADCAST, UNICAST } from './statistics.js';

const ADDRESSES = 24;
/** How far the address is shifted before its bits pick one of the table's, by RCTL.MO. */
const HASH_SHIFT = [4, 3, 2, 0] as const;

export class Filters {
  readonly #registers: RegisterFile;

  constructor(registers: RegisterFile) {
    this.#registers = registers;
  }

  /** Whether the destination address passes. @param kind of destination */
  passesAddress(frame: Uint8Array, kind: number): boolean {
    const rctl = this.#registers.get(RCTL);
    if (kind === UNICAST) return (rctl & RCTL_UPE) !== 0 || this.#isReceiveAddress(frame);
    if (kind === BROADCAST && (rctl & RCTL_BAM) !== 0) return true;
    if ((rctl & RCTL_MPE) !== 0) return true;
    return this.#isInMulticastTable(frame, rctl) || this.#isReceiveAddress(frame);
  }

  /** Whether a VLAN tag passes. @param tag priority, canonical form indicator, identifier */
  passesVlan(tag: number): boolean {
    const rctl = this.#registers.get(RCTL);
    if ((rctl & RCTL_VFE) === 0) return true;
    const isCanonical = ((tag >>> 12) & 1) === ((rctl & RCTL_CFI) === 0 ? 0 : 1);
    if ((rctl & RCTL_CFIEN) !== 0 && !isCanonical) return false;
    const vlan = tag & 0xfff;
    return ((this.#registers.get(VFTA + 4 * (vlan >>> 5)) >>> (vlan & 31)) & 1) !== 0;
  }

  #isReceiveAddress(frame: Uint8Array): boolean {
    const low = word(frame, 0) | (word(frame, 2) << 16);
    const high = word(frame, 4);
    const { words } = this.#registers;
    for (let index = 0; index < ADDRESSES; index++) {
      const at = (index < 16 ? RA + 8 * index : RA2 + 8 * (index - 16)) >>> 2;
      const rah = words[at + 1] as number;
      if ((words[at] as number) === low >>> 0 && (rah & 0xffff) === high && rah >= RAH_AV)
        return true;
    }
    return false;
  }

  #isInMulticastTable(frame: Uint8Array, rctl: number): boolean {
    const shift = HASH_SHIFT[((rctl >>> RCTL_MO_SHIFT) & 3) as 0 | 1 | 2 | 3];
    const hash = (word(frame, 4) >>> shift) & 0xfff;
    return ((this.#registers.get(MTA + 4 * (hash >>> 5)) >>> (hash & 31)) & 1) !== 0;
  }
}

/** Two bytes, the first one being the lower. */
function word(frame: Uint8Array, at: number): number {
  return (frame[at] as number) | ((frame[at + 1] as number) << 8);
}
