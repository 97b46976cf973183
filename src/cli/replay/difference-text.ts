/** Where a replay differs from its recording, for people. */
import { hex } from '../../inspector/decode/quantities.js';
import type { Recorded } from '../../recording/index.js';
import type { Difference } from '../../replay/comparison.js';
import type { Trail } from './trail.js';

/** Of bytes that differ, so many are shown, from the first that does. */
const SHOWN_BYTES = 16;

export function differenceLines(file: string, difference: Difference, trail: Trail): string[] {
  const { position, expected, got, field } = difference;
  const { current, lines } = trail;
  const where = current === undefined ? '' : `, in ${current}`;
  return [
    `${file}: differs at record ${position}${where}`,
    `  expected ${textOf(expected)}`,
    `  got      ${got === undefined ? 'nothing' : textOf(alike(expected, got))}`,
    ...(field === undefined || got === undefined ? [] : [fieldLine(field, expected, got)]),
    ...(lines.length === 0 ? [] : ['  before that:', ...lines.map((line) => `    ${line}`)]),
  ];
}

/** A record of the same kind, with its fields in the same order. */
function alike(expected: Recorded, got: Recorded): Recorded {
  return expected.kind === got.kind ? ({ ...expected, ...got } as Recorded) : got;
}

/** `userWrite memory=1 address=0x7fff1000 length=8 isOk=true bytes=01 02 …` */
function textOf({ kind, ...fields }: Recorded): string {
  const values = Object.entries(fields).map(([name, value]) => `${name}=${valueText(name, value)}`);
  return [kind, ...values].join(' ');
}

const ADDRESSES: ReadonlySet<string> = new Set([
  'address',
  'argument',
  'command',
  'iova',
  'offset',
]);

function valueText(name: string, value: unknown): string {
  if (value instanceof Uint8Array) return bytesText(value, 0);
  if (typeof value === 'bigint') return hex(value);
  if (typeof value === 'number' && value >= 0 && ADDRESSES.has(name)) return hex(value);
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function fieldLine(field: string, expected: Recorded, got: Recorded): string {
  const [one, other] = [expected, got].map((record) =>
    new Map<string, unknown>(Object.entries(record)).get(field),
  );
  if (!(one instanceof Uint8Array && other instanceof Uint8Array))
    return `  which differ in ${field}`;
  const first = one.findIndex((byte, index) => byte !== other[index]);
  const at = first < 0 ? Math.min(one.length, other.length) : first;
  return `  which differ in ${field}, from byte ${at}: ${bytesText(one, at)} instead of ${bytesText(other, at)}`;
}

function bytesText(bytes: Uint8Array, from: number): string {
  const shown = [...bytes.subarray(from, from + SHOWN_BYTES)].map((byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  return `[${shown.join(' ')}${bytes.length > from + SHOWN_BYTES ? ' …' : ''}]`;
}
