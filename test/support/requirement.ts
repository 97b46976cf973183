// What a test needs of the machine it runs on. Without it the tests are skipped, with a message, at
// a contributor's desk; in CI (CI=true) they fail, so nothing is left untested unnoticed.

import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { test } from 'vitest';

/**
 * Defines the tests in `body` when every one of `programs` is on the PATH.
 *
 * @example
 * requires(['lspci', 'gcc'], () => {
 *   test('lspci lists the functions of the machine', () => { … });
 * });
 */
export function requires(programs: string | readonly string[], body: () => void): void {
  const missing = [programs].flat().filter((program) => findProgram(program) === undefined);
  requiresThat(missing.length === 0, `needs ${missing.join(', ')} on the PATH`, body);
}

/** Defines the tests in `body` when `isPresent`; `need` says what is missing otherwise. */
export function requiresThat(isPresent: boolean, need: string, body: () => void): void {
  if (isPresent) {
    body();
    return;
  }
  test(need, ({ skip }) => {
    if (process.env['CI'] === 'true') throw new Error(`${need}: in CI nothing is skipped`);
    skip(`${need} (.ci/run lists the Debian packages)`);
  });
}

/** The path of a program as the shell would find it. */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/sbin'];
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => path.join(folder, program))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
