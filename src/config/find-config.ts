/**
 * The description of a project's machine, found where people work: `uvfio.config.*` in the working
 * folder, or in one above it up to the root of the repository. Outside of a repository only the working
 * folder counts: nobody shall run what others leave in /tmp.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DescriptionError } from '../machine/description-error.js';

/** Names of such files. */
export const CONFIG_FILES: readonly string[] = [
  'ts',
  'mts',
  'js',
  'mjs',
  'json',
  'yaml',
  'yml',
].map((extension) => `uvfio.config.${extension}`);

/**
 * The path of the nearest one; undefined when there is none.
 * @throws DescriptionError when a folder has several
 */
export function findConfig(folder: string): string | undefined {
  for (const candidate of foldersOf(folder)) {
    const found = CONFIG_FILES.filter((name) => existsSync(join(candidate, name)));
    const [name, other] = found;
    if (other !== undefined) {
      const text = `there are ${found.join(' and ')}`;
      const fix = 'remove all but one, or choose with --machine FILE';
      throw new DescriptionError([{ path: [], text, fix }], () => ({ place: candidate }));
    }
    if (name !== undefined) return join(candidate, name);
  }
  return undefined;
}

/** The folder, and those above it within its repository, nearest first. */
function foldersOf(folder: string): string[] {
  const folders: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    folders.push(at);
    if (existsSync(join(at, '.git'))) return folders;
    if (dirname(at) === at) return [folder];
  }
}
