/** Speeds and duplexes that two ends of a cable negotiate: sets of them, as bits, the better one being the higher. */

/** 10BASE-T to 10GBASE-T. */
export const HALF_10 = 1 << 0;
export const FULL_10 = 1 << 1;
export const HALF_100 = 1 << 2;
export const FULL_100 = 1 << 3;
export const FULL_1000 = 1 << 4;
export const FULL_10000 = 1 << 5;
export const ALL_MODES = (1 << 6) - 1;

const HALF_DUPLEX = HALF_10 | HALF_100;
const SPEEDS = [10, 10, 100, 100, 1000, 10000] as const;

export type LinkSpeed = (typeof SPEEDS)[number];

/** The best of some modes; undefined: there is none. */
export function bestMode(
  modes: number,
): { speedMbps: LinkSpeed; isFullDuplex: boolean } | undefined {
  const bit = 31 - Math.clz32(modes);
  const speedMbps = SPEEDS[bit];
  return speedMbps && { speedMbps, isFullDuplex: ((1 << bit) & HALF_DUPLEX) === 0 };
}

/** All modes that are not faster. */
export function modesUpTo(speedMbps: LinkSpeed): number {
  return SPEEDS.reduce((modes, speed, bit) => (speed <= speedMbps ? modes | (1 << bit) : modes), 0);
}
