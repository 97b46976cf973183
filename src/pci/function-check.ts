/** Whether a function can be as its description says. */
import type { FunctionDescription } from './device-model.js';

/** What is wrong with the BARs and the ROM of a function: undefined when nothing is. */
export function barProblem({ bars = [], rom, bridge }: FunctionDescription): string | undefined {
  const taken = new Set<number>();
  for (const { index, kind, size } of bars) {
    const last = kind === 'memory64' ? index + 1 : index;
    if (index < 0 || last > (bridge === undefined ? 5 : 1)) return `there is no BAR ${last}`;
    if (taken.has(index) || taken.has(last)) return `BAR ${index} is there twice`;
    taken.add(index).add(last);
    const least = kind === 'io' ? 4 : 16;
    const most = kind === 'io' ? 256 : kind === 'memory32' ? 2 ** 31 : 2 ** 39;
    if (size < least || size > most || !Number.isInteger(Math.log2(size))) {
      return `the size of BAR ${index} has to be a power of two from ${least} to ${most}`;
    }
  }
  if (rom !== undefined && (rom.size < 2048 || !Number.isInteger(Math.log2(rom.size)))) {
    return 'the size of the ROM has to be a power of two from 2048 up';
  }
  return undefined;
}
