/** The notified system call that is being answered, and the ways to answer it. */
import type {
  NotificationListener,
  NotificationToken,
} from './native/notification-listener.unsafe.js';
import { compatAuditArch } from './native/x86-64.js';
import type { NativeProcess, NativeProcesses } from './native-process.js';

/** The real kernel runs the call. */
export const CONTINUE = Symbol('continue');
/** The handler has answered by itself. */
export const ANSWERED = Symbol('answered');

/** What a handler says: a result ≥ 0 or −errno, now or later, or one of the above. */
export type Answer = number | Promise<number> | typeof CONTINUE | typeof ANSWERED;

/** One object serves for all calls, one after the other: what is needed later must be copied out. */
export class NativeCall {
  readonly #listener: NotificationListener;
  readonly #processes: NativeProcesses;
  /** The descriptor that the call was answered with, when it was. */
  givenFd: number | undefined;

  constructor(listener: NotificationListener, processes: NativeProcesses) {
    this.#listener = listener;
    this.#processes = processes;
  }

  /** The thread that called. */
  get tid(): number {
    return this.#listener.tid;
  }

  /** Whether a 32-bit program called. */
  get isCompat(): boolean {
    return this.#listener.arch === compatAuditArch;
  }

  get process(): NativeProcess {
    return this.#processes.processOf(this.tid);
  }

  /** An argument as a signed 64-bit number, exact for addresses; of a 32-bit program, unsigned. */
  argument(index: number): number {
    // A 64-bit program can make calls of 32-bit ones too (int 0x80): what is above is not looked at then.
    if (this.isCompat) return this.#listener.argumentUint(index);
    return this.#listener.argument(index);
  }

  /** The lower half of an argument as an int. */
  int(index: number): number {
    return this.#listener.argumentInt(index);
  }

  /** The lower half of an argument, unsigned. */
  uint(index: number): number {
    return this.#listener.argumentUint(index);
  }

  /** Names the call, to answer it after others. */
  token(): NotificationToken {
    return this.#listener.saveId();
  }

  /**
   * Puts a copy of a descriptor of this process into the program and answers the call with its number.
   * @param newFd absent: the lowest free number
   */
  answerWithDescriptor(fd: number, closeOnExec: boolean, newFd?: number): Answer {
    const result = this.#listener.addFd(
      fd,
      newFd === undefined ? { closeOnExec, send: true } : { closeOnExec, send: true, newFd },
    );
    if (result < 0) return descriptorError(result);
    this.givenFd = newFd ?? result;
    return ANSWERED;
  }

  /** Puts a copy of a descriptor into the program under a number of ours; the call is not answered yet. */
  addDescriptor(
    fd: number,
    newFd: number,
    closeOnExec: boolean,
    token?: NotificationToken,
  ): number {
    const result = this.#listener.addFd(fd, { closeOnExec, newFd }, token);
    return result < 0 ? descriptorError(result) : 0;
  }
}

const EBADF = 9;
const EMFILE = 24;

/** A number at or above the program's own limit is EBADF for the supervisor, EMFILE for the program. */
function descriptorError(error: number): number {
  return error === -EBADF ? -EMFILE : error;
}
