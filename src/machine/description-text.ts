/**
 * Machine descriptions as text: YAML 1.2, and so JSON too. Problems are located by line and column,
 * counted from 1.
 */
import {
  type Alias,
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
} from 'yaml';
import { type MachineDescription, checkShape } from './description.js';
import {
  DescriptionError,
  type DescriptionProblem,
  type Locate,
  type Location,
} from './description-error.js';

/** A description that was read from text. */
export interface ReadDescription {
  readonly description: MachineDescription;
  /** Where in the text a part of the description is. */
  readonly locate: Locate;
}

/**
 * Reads a description.
 * @param file what the text is called in errors
 * @throws DescriptionError that names file, line and column of each problem
 */
export function readDescription(text: string, file: string): ReadDescription {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): Location => {
    const { line, col } = lines.linePos(offset);
    return { place: `${file}:${line}:${col}` };
  };
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ message }) => ({ path: [], text: message }));
    let index = 0;
    throw new DescriptionError(problems, () => at(document.errors[index++]?.pos[0] ?? 0));
  }
  const locate: Locate = (problem) => at(offsetOf(document, problem));
  const value = contentOf(document, at, file);
  if (value === null) {
    const fix = 'write at least `devices: [{ model: edu }]`';
    throw new DescriptionError([{ path: [], text: 'the description is empty', fix }], () => ({
      place: file,
    }));
  }
  return checkDescription(value, locate);
}

/** What a document says. @throws DescriptionError where it repeats what it does not have, or too often */
function contentOf(document: Document, at: (offset: number) => Location, file: string): unknown {
  let dangling: Alias | undefined;
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document) === undefined) dangling ??= alias;
    },
  });
  if (dangling !== undefined) {
    const { source, range } = dangling;
    const text = `there is no '&${source}' that '*${source}' could repeat`;
    throw new DescriptionError([{ path: [], text, fix: 'name what is to be repeated' }], () =>
      at(range?.[0] ?? 0),
    );
  }
  try {
    return document.toJS();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new DescriptionError([{ path: [], text }], () => ({ place: file }));
  }
}

/**
 * A description that is an object already.
 * @throws DescriptionError for what has not the form of one
 */
export function checkDescription(value: unknown, locate: Locate): ReadDescription {
  const result = checkShape(value);
  if ('problems' in result) throw new DescriptionError(result.problems, locate);
  return { description: result.description, locate };
}

/** Where in the text a problem is: its key or value, or what is nearest around it. */
function offsetOf(document: Document, { path, isAboutKey = false }: DescriptionProblem): number {
  for (let length = path.length; length > 0; length--) {
    const isWhole = length === path.length;
    const offset = isWhole && isAboutKey ? keyOffset(document, path) : undefined;
    if (offset !== undefined) return offset;
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function keyOffset(document: Document, path: readonly (string | number)[]): number | undefined {
  const map: unknown =
    path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
  if (!isMap(map)) return undefined;
  const pair = map.items.find(({ key }) => isScalar(key) && key.value === path.at(-1));
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
}
