/** What commands have in common that ask something: mistakes of their users end in one line, not in a stack. */
import { ControlError } from '../host/control/control-protocol.js';

/** Runs a command; what a user can do something about becomes a line and status 1. */
export async function attempt(act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!isExpected(error)) throw error;
    process.stderr.write(`uvfio: ${error.message}\n`);
    process.exitCode = 1;
  }
}

/** What is not a defect of uvfio. */
function isExpected(error: unknown): error is Error {
  return error instanceof ControlError || (error instanceof Error && 'syscall' in error);
}
