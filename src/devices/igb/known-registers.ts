/** Registers that there are, also those that are nothing but memory here: others are reported as unmodelled. */
import { BAR_SIZE, FWSM, STATUS } from './registers.js';

/** First and last offset. Data sheet §8.1.3, table of registers; interrupts of virtual functions left out. */
const RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x0000, 0x0038],
  [0x00c0, 0x00e0],
  [0x0100, 0x0100],
  [0x0170, 0x0178],
  [0x0400, 0x0418],
  [0x0e00, 0x0e3c],
  [0x1000, 0x1048],
  [0x1500, 0x1530],
  [0x1580, 0x1580],
  [0x1680, 0x16e0],
  [0x1700, 0x1740],
  [0x2008, 0x2170],
  [0x2404, 0x2468],
  [0x2508, 0x2514],
  [0x2800, 0x2b3c],
  [0x3000, 0x3004],
  [0x3404, 0x3430],
  [0x3500, 0x35a4],
  [0x3700, 0x371c],
  [0x3800, 0x3b3c],
  [0x4000, 0x4228],
  [0x5000, 0x5008],
  [0x5200, 0x5404 + 8 * 15],
  [0x5480, 0x551c],
  [0x5600, 0x57fc],
  [0x5800, 0x58fc],
  [0x5900, 0x5afc],
  [0x5b00, 0x5bbc],
  [0x5c00, 0x5ce0],
  [0x5d00, 0x5dbc],
  [0x5f50, 0x5f50],
  [0x8800, 0x8f0c],
  [0x9000, 0x9afc],
  [0xa000, 0xa1fc],
  [0xb600, 0xb6fc],
  [0xc000, 0xc3fc],
  [0xe000, 0xe3fc],
];

const isKnown = new Uint8Array(BAR_SIZE / 4);
for (const [first, last] of RANGES) isKnown.fill(1, first / 4, last / 4 + 1);

/** Whether there is a register at an offset. */
export function isRegister(offset: number): boolean {
  return isKnown[offset >>> 2] === 1;
}

/** Registers that calls don't write. */
export const READ_ONLY: ReadonlySet<number> = new Set([STATUS, FWSM]);
