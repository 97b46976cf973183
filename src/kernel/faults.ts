/**
 * Named fault points, as Linux's fault injection has them: tests and users make the n-th allocation,
 * copy from user memory or table registration fail. Off by default, and then one comparison a call.
 */
import type { ErrnoName } from '../uapi/errno.js';
import type { SystemCall } from './diagnostics.js';
import { kernelError, kernelErrorOf } from './error.js';

/** What a point can be told to do. */
export interface Fault {
  /** Which call from now on fails; 1 is the next. */
  readonly nth?: number;
  /** Error number to fail with, of either sign; default: the point's own. */
  readonly errno?: number;
}

/** What is to become of a system call. */
export interface CallFault {
  /** It fails with this error number without being made. */
  readonly errno?: number | undefined;
  /** It is made this much later. */
  readonly delayMs?: number | undefined;
}

/** Whoever makes points and calls fail by rules of its own (`machine/faults/`). */
export interface FaultInjector {
  /** A point is reached: the error number to fail with, 0 for the point's own; undefined to go on. */
  point(name: string): number | undefined;
  /** A call is about to be made. */
  call(call: SystemCall): CallFault | undefined;
}

interface ArmedFault {
  remaining: number;
  readonly errno: number | undefined;
}

/** The fault points of one machine. */
export class FaultPoints {
  #armed: Map<string, ArmedFault> | undefined;
  /** Absent while nobody wants faults. */
  injector: FaultInjector | undefined;

  /** Whether any point may have to fail. */
  get areUsed(): boolean {
    return this.#armed !== undefined || this.injector !== undefined;
  }

  /** Makes the `nth` call of a point fail, once. Arming a point again replaces what was armed. */
  arm(point: string, fault: Fault = {}): void {
    this.#armed ??= new Map();
    this.#armed.set(point, { remaining: fault.nth ?? 1, errno: fault.errno });
  }

  /** Disarms every point. */
  clear(): void {
    this.#armed = undefined;
  }

  /** Counts a call of a point. True: this call has to fail, in the point's own way. */
  hit(point: string): boolean {
    return this.areUsed && this.#count(point) !== undefined;
  }

  /**
   * Counts a call of a point and throws when this call has to fail.
   * @throws KernelError with the armed errno, else with `code`
   */
  check(point: string, code: ErrnoName): void {
    if (!this.areUsed) return;
    const fault = this.#count(point);
    if (fault === undefined) return;
    throw fault.errno === undefined ? kernelError(code) : kernelErrorOf(fault.errno);
  }

  /**
   * Counts an allocation, point `kzalloc`. It has but one way to fail, whatever errno is armed.
   * @throws ENOMEM
   */
  checkAllocation(): void {
    if (this.areUsed && this.#count('kzalloc') !== undefined) {
      throw kernelError('ENOMEM');
    }
  }

  #count(point: string): Pick<ArmedFault, 'errno'> | undefined {
    const injected = this.injector?.point(point);
    if (injected !== undefined) return { errno: injected === 0 ? undefined : injected };
    const fault = this.#armed?.get(point);
    if (fault === undefined) return undefined;
    fault.remaining -= 1;
    if (fault.remaining > 0) return undefined;
    this.#armed?.delete(point);
    if (this.#armed?.size === 0) this.#armed = undefined;
    return fault;
  }
}
