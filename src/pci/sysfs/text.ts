/** How sysfs files read numbers and words (`kstrtoul`, `sysfs_streq`). */
import { kernelError } from '../../kernel/error.js';

/** A word as `echo` writes it, without its newline. */
export function word(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

/** Reads an unsigned number: decimal, 0x… or octal 0…. @throws EINVAL */
export function unsigned(text: string): number {
  const digits = word(text).replace(/^\+/, '');
  let value = Number.NaN;
  if (/^0x[0-9a-f]+$/i.test(digits)) value = Number.parseInt(digits, 16);
  else if (/^0[0-7]*$/.test(digits)) value = Number.parseInt(digits, 8);
  else if (/^[1-9][0-9]*$/.test(digits)) value = Number.parseInt(digits, 10);
  if (Number.isNaN(value)) throw kernelError('EINVAL');
  return value;
}

/** Reads a signed number. @throws EINVAL */
export function signed(text: string): number {
  return text.startsWith('-') ? -unsigned(text.slice(1)) : unsigned(text);
}

/** Whether a number is written that is not 0. @throws EINVAL for what is no number */
export function isTrue(text: string): boolean {
  return unsigned(text) !== 0;
}
