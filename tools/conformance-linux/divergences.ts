// Where uvfio is meant to answer differently from the recorded kernel, and why. Nothing else is excused.

import type { Difference } from './compare.js';

/** One reason and the lines it explains; `*` stands for any text. */
export interface Divergence {
  readonly run: string;
  readonly scenario: string;
  readonly step: string;
  readonly reason: string;
}

export const divergences: readonly Divergence[] = [];

/** The divergence that explains a difference, if one does. */
export function excuseFor(difference: Difference): Divergence | undefined {
  return divergences.find(
    ({ run, scenario, step }) =>
      matches(run, difference.run) &&
      matches(scenario, difference.scenario) &&
      matches(step, difference.step),
  );
}

function matches(pattern: string, text: string): boolean {
  const source = pattern
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${source}$`).test(text);
}
