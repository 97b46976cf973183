// What tests with 32-bit programs need.

import { execFileSync } from 'node:child_process';
import { requiresThat } from '../support/requirement.js';
import { compiled } from './uvfio.js';

/** Flags of the compiler. */
export const COMPAT = ['-m32', '-D_FILE_OFFSET_BITS=64'];

/** Defines the tests in `body` when 32-bit programs can be built, and run. */
export function requiresCompat(body: () => void): void {
  requiresThat(canRunCompat(), 'needs gcc-multilib, and a kernel that runs 32-bit programs', body);
}

function canRunCompat(): boolean {
  try {
    execFileSync(compiled('files', ...COMPAT));
    return true;
  } catch {
    return false;
  }
}
