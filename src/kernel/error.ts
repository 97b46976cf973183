/**
 * The one error class of the kernel. Where C returns `-ENAME`, kernel code throws
 * `kernelError('ENAME')`; the system-call line (`system-calls.ts`) alone turns it back into −errno.
 */
import { Errno, type ErrnoName } from '../uapi/errno.js';

/** A failure with a Linux error number. Carries no stack: error paths are hot for probing clients. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  readonly code: ErrnoName;
  /** The positive error number. */
  readonly errno: number;

  constructor(code: ErrnoName) {
    super(code);
    this.code = code;
    this.errno = Errno[code];
  }
}

const instances = new Map<ErrnoName, KernelError>();

/** The error for a name. One frozen instance each: errors are values here, not events. */
export function kernelError(code: ErrnoName): KernelError {
  let error = instances.get(code);
  if (error === undefined) {
    const { stackTraceLimit } = Error as { stackTraceLimit?: number };
    (Error as { stackTraceLimit?: number }).stackTraceLimit = 0;
    error = Object.freeze(new KernelError(code));
    (Error as { stackTraceLimit?: number }).stackTraceLimit = stackTraceLimit ?? 10;
    instances.set(code, error);
  }
  return error;
}

/**
 * The value a system call returns to its caller for something thrown below it: −errno for a
 * KernelError. Anything else is a defect of uvfio or the end of the machine and is thrown on.
 */
export function resultOfError(error: unknown): number {
  if (error instanceof KernelError) return -error.errno;
  throw error;
}
