/** Registers of BAR 0 by the names that NVM Express 1.4 gives them (§3.1, figure 69). */
import * as registers from './registers.js';

const { DOORBELLS, MSIX_PENDING, MSIX_TABLE } = registers;

const NAMES: ReadonlyMap<number, string> = new Map([
  [registers.CAP, 'CAP'],
  [registers.CAP + 4, 'CAP.high'],
  [registers.VS, 'VS'],
  [registers.INTMS, 'INTMS'],
  [registers.INTMC, 'INTMC'],
  [registers.CC, 'CC'],
  [registers.CSTS, 'CSTS'],
  [registers.AQA, 'AQA'],
  [registers.ASQ, 'ASQ'],
  [registers.ASQ + 4, 'ASQ.high'],
  [registers.ACQ, 'ACQ'],
  [registers.ACQ + 4, 'ACQ.high'],
]);

/** `CC`, `SQ1TDBL`: what lies at an offset. */
export function registerName(offset: number): string | undefined {
  if (offset < DOORBELLS) return NAMES.get(offset);
  if (offset < MSIX_TABLE) {
    const index = (offset - DOORBELLS) / 4;
    if (!Number.isInteger(index)) return undefined;
    return index % 2 === 0 ? `SQ${index / 2}TDBL` : `CQ${(index - 1) / 2}HDBL`;
  }
  return offset < MSIX_PENDING ? 'MSI-X table' : 'MSI-X pending bits';
}
