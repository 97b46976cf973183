// Running things as somebody else, for which the tests have to run as root.

import { chmodSync, cpSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, requiresThat } from './requirement.js';

/** Numbers of users that nothing else on the computer belongs to. */
export const ALICE = 60_001;
export const BOB = 60_002;

/** Defines the tests in `body` when other users' programs can be started. */
export function requiresOtherUsers(body: () => void): void {
  const isPossible = process.getuid?.() === 0 && findProgram('setpriv') !== undefined;
  requiresThat(isPossible, 'needs root, and setpriv', body);
}

/** What a command is preceded by to run as a user without privileges. */
export function asUser(uid: number): string[] {
  return ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--'];
}

let installed: string | undefined;

/** The built command where every user can read it, which a clone need not be. */
export function commandForAll(): string {
  if (installed !== undefined) return installed;
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-installed-'));
  chmodSync(folder, 0o755);
  mkdirSync(path.join(folder, 'node_modules'));
  for (const name of ['package.json', 'dist/bin', 'node_modules/koffi', 'node_modules/@koromix']) {
    cpSync(path.join(root, name), path.join(folder, name), { recursive: true });
  }
  installed = path.join(folder, 'dist/bin/uvfio.js');
  return installed;
}
