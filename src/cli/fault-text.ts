/** Faults on purpose, for people. */
import { randomInt } from 'node:crypto';
import type { FaultReport } from '../machine/faults/faults.js';
import type { FaultState } from '../machine/faults/fault-rule.js';

/** The seed to use: the one that was given, or a new one if chance decides about some fault. */
export function seedFor(specs: readonly string[], given: number | undefined): number | undefined {
  return given ?? (specs.some(dependsOnChance) ? randomInt(1, 2 ** 31) : undefined);
}

/** Said at the start. */
export function startText({ seed, faults }: FaultReport): string {
  const specs = faults.map(({ spec }) => spec);
  return `faults on purpose: ${specs.join(', ')}${specs.some(dependsOnChance) ? ` (seed ${seed})` : ''}`;
}

/** Said at the end: perhaps that is why the program has failed, or it has got over them. */
export function endText({ seed, faults }: FaultReport): string {
  const struck = faults.filter((fault) => fault.struck > 0);
  if (struck.length === 0) return 'of the faults on purpose none struck';
  const again = faults.some(({ spec }) => dependsOnChance(spec))
    ? ` (again the same: --seed ${seed})`
    : '';
  return `faults that struck: ${struck.map(stateText).join(', ')}${again}`;
}

/** `map_dma:ENOMEM@3 (1 of 5 times)` */
export function stateText({ spec, reached, struck }: FaultState): string {
  return `${spec} (${struck} of ${reached} times)`;
}

function dependsOnChance(spec: string): boolean {
  return spec.includes('%');
}
