// Running things as somebody else, for which the tests have to run as root.

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

export { commandForAll } from '../../tools/install/command-for-all.js';
