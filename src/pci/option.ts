/**
 * Options of device models, declared: what they are called, what they may be, what they are without.
 * They come as text, from `--device model,key=value` and descriptions, and reach a model as values of
 * their type.
 */
import { DeviceOptionError, type DeviceOptions } from './device-model.js';
import { parseNumber } from './device-options.js';

/** One option. */
export interface Option<T> {
  /** One line for people, with the limits and the default. */
  readonly summary: string;
  /** @throws OptionProblem for a text that makes no sense */
  readonly parse: (text: string) => T;
  /** What it is when nobody says it; absent: it has to be said. */
  readonly absent?: { readonly value: T };
}

/** Options by name. */
export type OptionSet = Readonly<Record<string, Option<unknown>>>;

/** What the options of a set are, in a device. */
export type OptionValues<O extends OptionSet> = {
  readonly [Name in keyof O]: O[Name] extends Option<infer T> ? T : never;
};

/** What can be said of every option. */
interface Common<T> {
  /** What it is for, in words that a default can follow. */
  readonly summary: string;
  /** What it is when nobody says it. Default: `undefined`. */
  readonly default?: T;
  /** Whether it has to be said. Default: no. */
  readonly isRequired?: boolean;
}

/** The type of an option's value: `undefined` where it may be left out and has no default. */
type Value<T, O extends Common<T>> = O extends
  | { readonly default: T }
  | { readonly isRequired: true }
  ? T
  : T | undefined;

interface NumberLimits extends Common<number> {
  readonly least?: number;
  readonly most?: number;
}

class OptionProblem extends Error {}

/** Declares options, by kind. */
export const option = {
  /** A number: decimal, 0x…, or with K, M, G (powers of 1024) behind it. */
  number<const O extends NumberLimits>(options: O): Option<Value<number, O>> {
    const { least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER } = options;
    const range = rangeOf(options);
    return declare(options, range, (text) => {
      const value = parseNumber(text);
      if (value === undefined) throw new OptionProblem(`'${text}' is no number: write ${range}`);
      if (value < least || value > most) throw new OptionProblem(`${text} is not ${range}`);
      return value;
    });
  },

  /** Yes or no. */
  flag<const O extends Common<boolean>>(options: O): Option<Value<boolean, O>> {
    return declare(options, 'yes or no', (text) => {
      if (['yes', 'true', 'on', '1'].includes(text)) return true;
      if (['no', 'false', 'off', '0'].includes(text)) return false;
      throw new OptionProblem(`'${text}' is neither yes nor no`);
    });
  },

  /** One of some words. */
  choice<const T extends string, const O extends Common<T>>(
    words: readonly T[],
    options: O,
  ): Option<Value<T, O>> {
    const list = words.join(', ');
    return declare<T, O>(options, list, (text) => {
      const word = words.find((candidate) => candidate === text);
      if (word === undefined) throw new OptionProblem(`'${text}' is none of ${list}`);
      return word;
    });
  },

  /** Any text, or what a pattern matches whole. */
  text<const O extends Common<string> & { readonly pattern?: RegExp; readonly form?: string }>(
    options: O,
  ): Option<Value<string, O>> {
    const { pattern, form } = options;
    return declare(options, form ?? '', (text) => {
      if (pattern === undefined || pattern.exec(text)?.[0] === text) return text;
      throw new OptionProblem(`'${text}' is not ${form ?? `like ${pattern}`}`);
    });
  },
};

/** The values of declared options. @throws DeviceOptionError that names the option and what it may be */
export function readOptions<O extends OptionSet>(set: O, given: DeviceOptions): OptionValues<O> {
  const values: Record<string, unknown> = {};
  for (const [name, declared] of Object.entries(set)) values[name] = read(name, declared, given);
  return values as OptionValues<O>;
}

function read(name: string, { summary, parse, absent }: Option<unknown>, given: DeviceOptions) {
  const text = given[name];
  try {
    if (text !== undefined) return parse(text);
    if (absent !== undefined) return absent.value;
  } catch (error) {
    if (!(error instanceof OptionProblem)) throw error;
    throw new DeviceOptionError(name, error.message);
  }
  throw new DeviceOptionError(name, `has to be said: ${name}=… (${summary})`);
}

function declare<T, O extends Common<T>>(
  { summary, default: fallback, isRequired = false }: O,
  form: string,
  parse: (text: string) => T,
): Option<Value<T, O>> {
  const known = fallback === undefined ? '' : ` (${shown(fallback)})`;
  return Object.freeze({
    summary: `${summary}${form === '' ? '' : `: ${form}`}${known}`,
    parse: parse as (text: string) => Value<T, O>,
    ...(isRequired ? {} : { absent: { value: fallback as Value<T, O> } }),
  });
}

function shown(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

function rangeOf({ least, most }: NumberLimits): string {
  if (least !== undefined && most !== undefined) return `${least} to ${most}`;
  if (least !== undefined) return `${least} or more`;
  return most === undefined ? 'a number' : `up to ${most}`;
}
