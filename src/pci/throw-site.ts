/** Where somebody else's code failed, for messages of one line. */

/** `look at Adder.write (/home/me/adder.ts:12:9)`; nothing when that is not known. */
export function lookAt(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const [, place = ''] = /\n\s+at (.+)/.exec(stack) ?? [];
  return place === '' ? '' : `look at ${place}`;
}
