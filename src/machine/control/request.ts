/**
 * What can be asked of a running machine from outside: methods with their parameters, as JSON. The
 * protocol around it is `docs/control.md`.
 */
import * as v from 'valibot';
import { didYouMean } from '../did-you-mean.js';
import { RequestError } from '../request-error.js';

const address = v.pipe(v.string(), v.nonEmpty());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Parameters by method. */
const methods = {
  topology: v.strictObject({}),
  plug: v.strictObject({ device: v.string() }),
  unplug: v.strictObject({ address, surprise: v.optional(v.boolean()) }),
  bind: v.strictObject({ address, driver: v.string() }),
  unbind: v.strictObject({ address }),
  interrupt: v.strictObject({ address, vector: v.optional(count) }),
  'fault.add': v.strictObject({ spec: v.string() }),
  'fault.list': v.strictObject({}),
  'fault.remove': v.strictObject({ id: v.optional(count) }),
} as const;

type Methods = typeof methods;

/** One request, its parameters checked. */
export type ControlRequest = {
  readonly [Name in keyof Methods]: {
    readonly method: Name;
    readonly params: v.InferOutput<Methods[Name]>;
  };
}[keyof Methods];

/** Checks a request. @throws RequestError bad-request, which names the parameter at fault */
export function parseRequest(method: unknown, params: unknown = {}): ControlRequest {
  const names = Object.keys(methods);
  if (typeof method !== 'string' || !isMethod(method)) {
    const fix = didYouMean(String(method), names) ?? `methods are ${names.join(', ')}`;
    throw new RequestError('bad-request', `there is no method '${method}': ${fix}`);
  }
  const result = v.safeParse(methods[method], params);
  if (result.success) return { method, params: result.output } as ControlRequest;
  const [issue] = result.issues;
  const key = issue.path?.map((part) => String(part.key)).join('.');
  const where = key === undefined ? 'params' : `params.${key}`;
  throw new RequestError('bad-request', `${method}: ${where}: ${textOf(issue, method, key)}`);
}

/** What is wrong with a parameter, and what to say instead. */
function textOf(
  { received, expected, type, message }: v.BaseIssue<unknown>,
  method: keyof Methods,
  key: string | undefined,
): string {
  if (key === undefined) return 'has to be an object';
  const known = Object.keys(methods[method].entries);
  if (type === 'strict_object' && expected === 'never') {
    const fix = didYouMean(key, known);
    return `is no parameter: ${fix ?? (known.length === 0 ? 'there are none' : `they are ${known.join(', ')}`)}`;
  }
  if (received === 'undefined') return 'is missing';
  if (type === 'string' || type === 'non_empty') return `has to be text, and is ${received}`;
  if (type === 'boolean') return `has to be true or false, and is ${received}`;
  if (type === 'number') return `has to be a number, and is ${received}`;
  if (type === 'integer' || type === 'min_value')
    return `has to be a whole number from 0 up, and is ${received}`;
  return message;
}

function isMethod(name: string): name is keyof Methods {
  return Object.hasOwn(methods, name);
}
