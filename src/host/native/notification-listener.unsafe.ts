// The server's end of a seccomp listener: one current notification, in place in the memory the kernel filled,
// and answers to it or to one saved earlier. Nothing here allocates per call. seccomp_unotify(2)

import { type Libc, libc } from './libc.unsafe.js';
import { O_CLOEXEC } from './linux-constants.js';
import { NativeBuffer } from './native-buffer.unsafe.js';
import {
  SECCOMP_ADDFD_FLAG_SEND,
  SECCOMP_ADDFD_FLAG_SETFD,
  SECCOMP_IOCTL_NOTIF_ADDFD,
  SECCOMP_IOCTL_NOTIF_ID_VALID,
  SECCOMP_IOCTL_NOTIF_RECV,
  SECCOMP_IOCTL_NOTIF_SEND,
  SECCOMP_USER_NOTIF_FLAG_CONTINUE,
  seccompNotif,
  seccompNotifAddfd,
  seccompNotifResp,
} from './seccomp-abi.js';

/** The identity of a notification that is answered later. */
export class NotificationToken {
  constructor(
    readonly low: number,
    readonly high: number,
  ) {}
}

export interface AddFdOptions {
  /** The number it gets in the program, replacing what is open there; absent: the lowest free one. */
  readonly newFd?: number;
  readonly closeOnExec?: boolean;
  /** Also answers the call, with the new number, in the same step. */
  readonly send?: boolean;
}

const responseOffset = 128;
const addFdOffset = 192;
const idOffset = 256;
const R = responseOffset >> 2;
const A = addFdOffset >> 2;
const two32 = 0x1_0000_0000;

export class NotificationListener {
  readonly #libc: Libc = libc();
  readonly #memory = NativeBuffer.allocate(512);
  readonly #u32 = this.#memory.u32;
  readonly #i32 = this.#memory.i32;
  readonly #f64 = new Float64Array(this.#memory.bytes.buffer, 0, seccompNotif.size >> 3);
  readonly #address = this.#memory.address;

  /** Takes over `fd`. */
  constructor(readonly fd: number) {}

  /**
   * Waits for the next notified call and makes it the current one.
   * @returns 0; -ENOENT when the caller died or was interrupted meanwhile or nobody is left, -EINTR: try again
   */
  receive(): number {
    const f64 = this.#f64;
    for (let index = 0; index < f64.length; index++) f64[index] = 0; // else the kernel says EINVAL
    return this.#libc.ioctl(this.fd, SECCOMP_IOCTL_NOTIF_RECV, this.#address);
  }

  /** The *thread* that made the call (its process: `Tgid` in /proc/<tid>/status), as seen from our pid namespace. */
  get tid(): number {
    return this.#i32[seccompNotif.pid >> 2] ?? 0;
  }

  get nr(): number {
    return this.#i32[seccompNotif.nr >> 2] ?? 0;
  }

  /** AUDIT_ARCH_*, unsigned. */
  get arch(): number {
    return this.#u32[seccompNotif.arch >> 2] ?? 0;
  }

  /** Argument `index` (0 to 5) as a signed 64-bit number; exact up to 2^53, which holds for any address. */
  argument(index: number): number {
    const word = (seccompNotif.args >> 2) + index * 2;
    return (this.#i32[word + 1] ?? 0) * two32 + (this.#u32[word] ?? 0);
  }

  /** The lower half of an argument as an int: descriptors, dirfds, flags. */
  argumentInt(index: number): number {
    return this.#i32[(seccompNotif.args >> 2) + index * 2] ?? 0;
  }

  /** The lower half of an argument as an unsigned int: ioctl commands. */
  argumentUint(index: number): number {
    return this.#u32[(seccompNotif.args >> 2) + index * 2] ?? 0;
  }

  /** The upper half of an argument, unsigned; with `argumentUint` all 64 bits. */
  argumentHigh(index: number): number {
    return this.#u32[(seccompNotif.args >> 2) + index * 2 + 1] ?? 0;
  }

  /** Names the current notification, to answer it after others have been received. */
  saveId(): NotificationToken {
    return new NotificationToken(this.#u32[0] ?? 0, this.#u32[1] ?? 0);
  }

  /** The call returns `value` (an integer, exact up to 2^53 and signed). -ENOENT: the caller is gone. */
  respond(value: number, token?: NotificationToken): number {
    return this.#send(value, 0, 0, token);
  }

  /** The call fails with `errno`, a positive number. */
  respondError(errno: number, token?: NotificationToken): number {
    return this.#send(0, -errno, 0, token);
  }

  /** The kernel runs the call itself, with arguments the program may have changed since: not a security boundary. */
  continue(token?: NotificationToken): number {
    return this.#send(0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE, token);
  }

  /**
   * Installs a copy of our descriptor `sourceFd` in the program.
   * @returns the number there; -EBADF when `newFd` is at or above the program's RLIMIT_NOFILE, -EMFILE,
   * -EINPROGRESS after `send` was used once, -ENOENT when the caller is gone
   */
  addFd(sourceFd: number, options: AddFdOptions, token?: NotificationToken): number {
    const u32 = this.#u32;
    this.#putId(A, token);
    u32[A + (seccompNotifAddfd.flags >> 2)] =
      (options.newFd === undefined ? 0 : SECCOMP_ADDFD_FLAG_SETFD) |
      (options.send === true ? SECCOMP_ADDFD_FLAG_SEND : 0);
    u32[A + (seccompNotifAddfd.srcfd >> 2)] = sourceFd;
    u32[A + (seccompNotifAddfd.newfd >> 2)] = options.newFd ?? 0;
    u32[A + (seccompNotifAddfd.newfdFlags >> 2)] = options.closeOnExec === true ? O_CLOEXEC : 0;
    return this.#libc.ioctl(this.fd, SECCOMP_IOCTL_NOTIF_ADDFD, this.#address + addFdOffset);
  }

  /**
   * Whether the call still waits. Ask after reading the caller's memory by pid: only then is it certain that the
   * pid was not reused by another process in between.
   */
  isValid(token?: NotificationToken): boolean {
    this.#putId(idOffset >> 2, token);
    return this.#libc.ioctl(this.fd, SECCOMP_IOCTL_NOTIF_ID_VALID, this.#address + idOffset) === 0;
  }

  /** Closes the listener: calls that wait, and all later ones, fail with ENOSYS in the program. */
  close(): void {
    this.#libc.close(this.fd);
    this.#memory.release();
  }

  #send(value: number, error: number, flags: number, token: NotificationToken | undefined): number {
    const u32 = this.#u32;
    this.#putId(R, token);
    u32[R + 2] = value; // stores truncate modulo 2^32
    u32[R + 3] = Math.floor(value / two32);
    u32[R + (seccompNotifResp.error >> 2)] = error;
    u32[R + (seccompNotifResp.flags >> 2)] = flags;
    return this.#libc.ioctl(this.fd, SECCOMP_IOCTL_NOTIF_SEND, this.#address + responseOffset);
  }

  #putId(word: number, token: NotificationToken | undefined): void {
    const u32 = this.#u32;
    u32[word] = token === undefined ? (u32[0] ?? 0) : token.low;
    u32[word + 1] = token === undefined ? (u32[1] ?? 0) : token.high;
  }
}
