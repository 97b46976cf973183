/** Whether something is a device model: those of users may be written in JavaScript. */
import { nameOf } from '../pci/foreign-code.js';

/** What is missing for it to be one; undefined: nothing. */
export function modelProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return `it is ${nameOf(value)}`;
  const { summary, options, describe } = value as Readonly<Record<string, unknown>>;
  if (typeof describe !== 'function') return 'it has no function `describe`';
  if (typeof summary !== 'string') return 'its `summary` is no text';
  if (typeof options !== 'object' || options === null) return 'its `options` are no object';
  return undefined;
}
