/**
 * The one error class of the kernel. Where C returns `-ENAME`, kernel code throws
 * `kernelError('ENAME')`; the system-call line (`system-calls.ts`) alone turns it back into −errno.
 */
import { Errno, type ErrnoName, errnoName } from '../uapi/errno.js';

/** The name of an error, or `E` and its number for one that is not in `uapi/errno.ts`. */
export type ErrorCode = ErrnoName | `E${number}`;

/** A failure with a Linux error number. Carries no stack: error paths are hot for probing clients. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  readonly code: ErrorCode;
  /** The positive error number. */
  readonly errno: number;

  constructor(code: ErrorCode, errno: number) {
    super(code);
    this.code = code;
    this.errno = errno;
  }
}

const instances = new Map<ErrorCode, KernelError>();

/** The error for a name. One frozen instance each: errors are values here, not events. */
export function kernelError(code: ErrnoName): KernelError {
  return instances.get(code) ?? newInstance(code, Errno[code]);
}

/** The error of a number, positive or as a negative result; any number will do. */
export function kernelErrorOf(errno: number): KernelError {
  const code: ErrorCode = errnoName(errno) ?? `E${Math.abs(errno)}`;
  return instances.get(code) ?? newInstance(code, Math.abs(errno));
}

function newInstance(code: ErrorCode, errno: number): KernelError {
  const { stackTraceLimit } = Error as { stackTraceLimit?: number };
  (Error as { stackTraceLimit?: number }).stackTraceLimit = 0;
  const error = Object.freeze(new KernelError(code, errno));
  (Error as { stackTraceLimit?: number }).stackTraceLimit = stackTraceLimit ?? 10;
  instances.set(code, error);
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
