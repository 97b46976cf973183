/** What is wrong with a machine's description: each problem with its place, its key and the fix. */

/** One thing that is wrong. */
export interface DescriptionProblem {
  /** Where in the description: `['devices', 1, 'addr']`. */
  readonly path: readonly (string | number)[];
  /** What is wrong, in words that follow the key. */
  readonly text: string;
  /** What to do about it, if that can be said. */
  readonly fix?: string | undefined;
  /** Whether it is the key at the path that is wrong, not its value. */
  readonly isAboutKey?: boolean;
  /** What was thrown, where somebody's own code is what failed. */
  readonly cause?: unknown;
}

/** Where in its source a part of a description is. */
export interface Location {
  /** `machine.yaml:7:11` */
  readonly place: string;
  /** How many parts of the path the place says by itself. Default: none. */
  readonly covers?: number;
}

/** Says where a problem is; undefined when the description is written nowhere. */
export type Locate = (problem: DescriptionProblem) => Location | undefined;

/** A description that no machine can be built from. Its message is one line a problem. */
export class DescriptionError extends Error {
  override readonly name = 'DescriptionError';
  readonly problems: readonly DescriptionProblem[];

  constructor(problems: readonly DescriptionProblem[], locate: Locate = () => undefined) {
    const cause = problems.find((problem) => problem.cause !== undefined)?.cause;
    super(
      problems.map((problem) => describe(problem, locate)).join('\n'),
      cause === undefined ? {} : { cause },
    );
    this.problems = problems;
  }
}

function describe(problem: DescriptionProblem, locate: Locate): string {
  const { path, text, fix } = problem;
  const location = locate(problem);
  const parts = [location?.place, formatPath(path.slice(location?.covers ?? 0)), text, fix];
  return parts.filter((part) => part !== undefined && part !== '').join(': ');
}

/** `devices[1].addr` */
function formatPath(path: readonly (string | number)[]): string {
  let formatted = '';
  for (const part of path) {
    if (typeof part === 'number') formatted += `[${part}]`;
    else formatted += formatted === '' ? part : `.${part}`;
  }
  return formatted;
}
