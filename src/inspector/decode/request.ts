/** The third argument of an ioctl: what it says, and what became of it. */
import type { DecodedField } from './decoded-field.js';

/** What is known of a request. */
export interface Request {
  /** The argument register. */
  readonly argument: number;
  /** What the machine read at the argument, from its beginning. */
  readonly input: DataView;
  /** What it wrote there. */
  readonly output: DataView;
}

/** How a request is decoded. */
export interface RequestFields {
  /** Whether the argument is a number and not an address. */
  readonly isNumber?: boolean;
  readonly in: (request: Request) => readonly DecodedField[];
  readonly out?: (request: Request) => readonly DecodedField[];
}

/** Of a request without an argument. */
export const nothing: RequestFields = { in: () => [] };

/** `argsz` of a request whose answer depends on it. */
export const argsz = ({ argsz: size }: { readonly argsz: number }): DecodedField => [
  'argsz',
  String(size),
  size,
];

/** `argsz` of a request that has to have one of these: said where it is another. */
export function expectedArgsz(
  { argsz: size }: { readonly argsz: number },
  ...expected: readonly number[]
): DecodedField {
  return ['argsz', expected.includes(size) ? '' : String(size), size];
}

/** `argsz` in an answer: said where it is more than was given, and so what there would be room needed for. */
export function neededArgsz(
  given: { readonly argsz: number },
  { argsz: needed }: { readonly argsz: number },
): readonly DecodedField[] {
  return needed === given.argsz ? [] : [['argsz', String(needed), needed]];
}
