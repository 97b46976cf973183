/** Ending as the program did. */
import { constants } from 'node:os';
import { libc } from '../host/native/libc.unsafe.js';
import type { ProgramExit } from '../host/native/launcher-protocol.js';
import { unsupportedPlatformReason } from '../host/native/platform.js';
import { syscalls } from '../host/native/x86-64.js';

/** The exit status when uvfio itself could not do what it was told. */
export const NOT_STARTED = 125;

/** Ends with the program's status, or by the signal that ended it. */
export function endAs(exit: ProgramExit): never {
  if (exit.signal !== null) {
    process.kill(process.pid, exit.signal);
    return endWith(128 + constants.signals[exit.signal]);
  }
  return endWith(exit.code ?? 0);
}

/**
 * Ends at once. Node's own exit would put the terminal's modes back to what they were at the start,
 * undoing what the program did to them.
 */
export function endWith(status: number): never {
  if (unsupportedPlatformReason() === undefined) libc().syscall(syscalls.exit_group, status);
  process.exit(status);
}
