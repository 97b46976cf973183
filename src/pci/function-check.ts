/** Whether a function can be as its description says. */
import { PAGE_SIZE } from '../uapi/file.js';
import type { BarDescription } from './bar.js';
import type { FunctionDescription } from './device-model.js';

/** What is wrong with the BARs and the ROM of a function: undefined when nothing is. */
export function barProblem({ bars = [], rom, bridge }: FunctionDescription): string | undefined {
  const taken = new Set<number>();
  for (const bar of bars) {
    const { index, kind, size } = bar;
    const last = kind === 'memory64' ? index + 1 : index;
    if (index < 0 || last > (bridge === undefined ? 5 : 1)) return `there is no BAR ${last}`;
    if (taken.has(index) || taken.has(last)) return `BAR ${index} is there twice`;
    taken.add(index).add(last);
    const least = kind === 'io' ? 4 : 16;
    const most = kind === 'io' ? 256 : kind === 'memory32' ? 2 ** 31 : 2 ** 39;
    if (size < least || size > most || !Number.isInteger(Math.log2(size))) {
      return `the size of BAR ${index} has to be a power of two from ${least} to ${most}`;
    }
    if (!hasPossibleAreas(bar)) {
      return `the mappable areas of BAR ${index} have to be whole pages of it, in order`;
    }
  }
  if (rom !== undefined && (rom.size < 2048 || !Number.isInteger(Math.log2(rom.size)))) {
    return 'the size of the ROM has to be a power of two from 2048 up';
  }
  return undefined;
}

function hasPossibleAreas({ size, isMappable, mappableAreas = [] }: BarDescription): boolean {
  let end = 0;
  return mappableAreas.every((area) => {
    const isBehind = area.offset >= end && area.size > 0;
    const isWholePages = area.offset % PAGE_SIZE === 0 && area.size % PAGE_SIZE === 0;
    end = area.offset + area.size;
    return isMappable === true && isBehind && isWholePages && end <= size;
  });
}
