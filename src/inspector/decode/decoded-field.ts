/** A field of a struct, in words for people and as a value for programs. */
import type { Struct } from '../../uapi/struct.js';
import { hex, rangeText, sizeText } from './quantities.js';

/** As JSON has it; 64-bit numbers become hexadecimal text there. */
export type FieldValue =
  | number
  | bigint
  | string
  | readonly FieldValue[]
  | { readonly [name: string]: FieldValue };

/**
 * A name, what people read behind it (nothing: the field goes without saying), and the value; without one the
 * text is it.
 */
export type DecodedField = readonly [name: string, text: string, value?: FieldValue];

export const number = (name: string, value: number): DecodedField => [name, String(value), value];

export const address = (name: string, value: bigint): DecodedField => [name, hex(value), value];

export const size = (name: string, bytes: number | bigint): DecodedField => [
  name,
  sizeText(bytes),
  exact(bytes),
];

/** An address and how far it goes: one field for people, two for programs. */
export const range = (name: string, start: bigint, bytes: bigint): DecodedField => [
  name,
  rangeText(start, bytes),
  { [name]: start, size: exact(bytes) },
];

/** A number where it is exact. */
export function exact(value: number | bigint): number | bigint {
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** A struct, decoded as far as there are bytes; what is missing is zero. @param at where it begins */
export function decode<T>(
  {
    size: length,
    decode: decodeWhole,
  }: Pick<Struct<never>, 'size'> & { decode(view: DataView): T },
  view: DataView,
  at = 0,
): T {
  const rest = Math.max(0, view.byteLength - at);
  const start = view.byteOffset + Math.min(at, view.byteLength);
  if (rest >= length) return decodeWhole(new DataView(view.buffer, start, length));
  const whole = new Uint8Array(length);
  whole.set(new Uint8Array(view.buffer, start, rest));
  return decodeWhole(new DataView(whole.buffer));
}
