/** Things in one word, for command lines: `FIRST,key=value,…`. Values contain no comma. */
import { DescriptionError } from './description-error.js';

export interface SpecSyntax {
  /** The key of what comes first. */
  readonly first: string;
  /** What comes first, in words, and how to begin. */
  readonly what: string;
  readonly example: string;
  /** What the specification is called in errors: `--device 'edu,addr=5'`. */
  readonly source: string;
}

/** @throws DescriptionError */
export function parseSpec(spec: string, syntax: SpecSyntax): Record<string, string> {
  const { first, what, example, source } = syntax;
  const [name = '', ...pairs] = spec.split(',');
  const fail = (path: string[], text: string, fix: string): never => {
    throw new DescriptionError([{ path, text, fix }], () => ({ place: source }));
  };
  if (name.trim() === '' || name.includes('=')) {
    fail([], `${what} is missing`, `begin with it, such as ${example}`);
  }
  const values: Record<string, string> = { [first]: name.trim() };
  for (const pair of pairs) {
    const separator = pair.indexOf('=');
    const key = separator < 0 ? pair.trim() : pair.slice(0, separator).trim();
    if (separator < 1) fail([], `'${pair}' is no key with a value`, 'write key=value');
    if (Object.hasOwn(values, key)) {
      fail([key], 'is given twice', key === first ? 'it comes first, without a key' : 'drop one');
    }
    values[key] = pair.slice(separator + 1).trim();
  }
  return values;
}
