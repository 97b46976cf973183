/** What is said of code and values that are not ours, in messages of one line. */

/** Where code failed: `look at Adder.write (/home/me/adder.ts:12:9)`; nothing when that is not known. */
export function lookAt(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const [, place = ''] = /\n\s+at (.+)/.exec(stack) ?? [];
  return place === '' ? '' : `look at ${place}`;
}

/** What somebody gave instead of what was wanted: `undefined`, `a bigint`, `a Promise`. */
export function nameOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  return `a ${value.constructor?.name ?? 'object'}`;
}
