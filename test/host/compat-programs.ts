// What tests with 32-bit programs need: a compiler that makes them, and a kernel that runs them.

import { spawnSync } from 'node:child_process';
import { missingForGuests } from '../guest/uvfio-guest.js';
import { requiresThat } from '../support/requirement.js';
import { type CompatComputer, emulatedComputer, thisComputer } from './compat-computer.js';
import { compiled } from './uvfio.js';

/** Flags of the compiler. */
export const COMPAT = ['-m32', '-D_FILE_OFFSET_BITS=64'];

/**
 * Defines the tests in `body` when 32-bit programs can be built, and run: on this computer, or, as there are
 * kernels without them (those of some virtual computers, or started with ia32_emulation=off), in a guest.
 */
export function requiresCompat(body: (computer: CompatComputer) => void): void {
  requiresCompatCompiler(() => {
    if (canRunCompat()) {
      body(thisComputer);
      return;
    }
    const missing = missingForGuests();
    const need = `this kernel runs no 32-bit programs, and a guest with another kernel needs ${missing.join(', ')}`;
    requiresThat(missing.length === 0, need, () => body(emulatedComputer()));
  });
}

/** Defines the tests in `body` when 32-bit programs can be built. */
export function requiresCompatCompiler(body: () => void): void {
  requiresThat(canCompile(), 'needs gcc-multilib', body);
}

/** Whether this kernel runs 32-bit programs, and serves 32-bit calls of 64-bit ones. */
export function canRunCompat(): boolean {
  const programs = [compiled('files', ...COMPAT), compiled('int80')];
  return programs.every((program) => spawnSync(program).status === 0);
}

function canCompile(): boolean {
  try {
    compiled('files', ...COMPAT);
    return true;
  } catch {
    return false;
  }
}
