// The first place where two observations differ.
import { isObject, type Json, type Observed } from './trace.js';

export interface Difference {
  /** Path of the field, such as `state.groups.g0.users`. */
  readonly field: string;
  /** undefined: not there. */
  readonly expected: Json | undefined;
  readonly got: Json | undefined;
}

/** Compares `ret`, `out`, `calls`, `log`, `end`, and then `state`, which BUGs do not have. */
export function firstDifference(expected: Observed, got: Observed): Difference | undefined {
  for (const field of ['ret', 'out', 'calls', 'log', 'end'] as const) {
    const difference = compare(field, expected[field], got[field]);
    if (difference !== undefined) return difference;
  }
  if (expected.end !== undefined) return undefined;
  return compare('state', expected.state, got.state);
}

function compare(
  field: string,
  expected: Json | undefined,
  got: Json | undefined,
): Difference | undefined {
  if (expected === got) return undefined;
  if (Array.isArray(expected) && Array.isArray(got)) {
    return compareParts(expected.keys(), got.keys(), (index) =>
      compare(`${field}[${index}]`, expected[index], got[index]),
    );
  }
  if (isObject(expected) && isObject(got)) {
    return compareParts(Object.keys(expected), Object.keys(got), (key) =>
      compare(`${field}.${key}`, expected[key], got[key]),
    );
  }
  return { field, expected, got };
}

function compareParts<Key>(
  expected: Iterable<Key>,
  got: Iterable<Key>,
  compareAt: (key: Key) => Difference | undefined,
): Difference | undefined {
  for (const key of new Set([...expected, ...got])) {
    const difference = compareAt(key);
    if (difference !== undefined) return difference;
  }
  return undefined;
}
