/** The faults that a description sets from the start. */
import type { DescriptionProblem } from '../description-error.js';
import { RequestError } from '../request-error.js';
import { type FaultSpec, parseFaultSpec } from './fault-spec.js';

export interface PlannedFault {
  readonly spec: FaultSpec;
  readonly path: readonly (string | number)[];
}

/** Reads them; what is wrong with them is added to the problems. */
export function planFaults(
  specs: readonly string[],
  problems: DescriptionProblem[],
): PlannedFault[] {
  return specs.flatMap((text, index) => {
    const path = ['faults', index];
    try {
      return [{ spec: parseFaultSpec(text), path }];
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      problems.push({ path, text: error.message });
      return [];
    }
  });
}
