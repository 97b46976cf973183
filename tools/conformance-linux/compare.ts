// Compares a run's lines with the recorded ones and says where they differ.

import { isDeepStrictEqual } from 'node:util';
import type { Step } from './probe.js';

/** One line that is not as recorded. */
export interface Difference {
  readonly run: string;
  readonly scenario: string;
  readonly step: string;
  readonly call: string;
  /** What differs, `ret EBUSY, recorded 0` and the like. */
  readonly text: string;
}

/** Lines that were recorded but did not come, and lines as they should not be. */
export function compareSteps(
  run: string,
  recorded: readonly Step[],
  actual: readonly Step[],
): Difference[] {
  const found = new Map(actual.map((step) => [keyOf(step), step]));
  const wanted = new Set(recorded.map(keyOf));
  const differences = recorded.flatMap((step) => {
    const text = describeDifference(step, found.get(keyOf(step)));
    return text === undefined ? [] : [differenceAt(run, step, text)];
  });
  // Some scenarios are for machines of another kind: the recordings tell which run has them.
  const scenarios = new Set(recorded.map(({ scenario }) => scenario));
  const surplus = actual.filter((step) => scenarios.has(step.scenario) && !wanted.has(keyOf(step)));
  return [...differences, ...surplus.map((step) => differenceAt(run, step, 'not recorded'))];
}

function differenceAt(run: string, { scenario, step, call }: Step, text: string): Difference {
  return { run, scenario, step, call, text };
}

function keyOf({ scenario, step }: Step): string {
  return `${scenario} ${step}`;
}

function describeDifference(recorded: Step, actual: Step | undefined): string | undefined {
  if (actual === undefined) return 'missing';
  const parts: string[] = [];
  if (!isDeepStrictEqual(resultOf(actual), resultOf(recorded))) {
    parts.push(`${resultOf(actual)}, recorded ${resultOf(recorded)}`);
  }
  for (const field of ['call', 'args', 'out'] as const) {
    parts.push(...fieldDifferences(field, recorded[field], actual[field]));
  }
  return parts.length === 0 ? undefined : parts.join('; ');
}

function resultOf({ ret, errno }: Step): string {
  return errno === null ? `result ${JSON.stringify(ret)}` : `${errno}`;
}

/** The smallest parts of two values that differ, by path. */
function fieldDifferences(path: string, recorded: unknown, actual: unknown): string[] {
  if (isDeepStrictEqual(recorded, actual)) return [];
  if (isRecord(recorded) && isRecord(actual)) {
    const keys = new Set([...Object.keys(recorded), ...Object.keys(actual)]);
    return [...keys].flatMap((key) =>
      fieldDifferences(`${path}.${key}`, recorded[key], actual[key]),
    );
  }
  return [`${path} ${JSON.stringify(actual)}, recorded ${JSON.stringify(recorded)}`];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
