// An eventfd(2) of ours or a copy of someone else's: signal it, drain it.

import { type Libc, libc } from './libc.unsafe.js';
import { EFD_CLOEXEC, EFD_NONBLOCK } from './linux-constants.js';
import { NativeBuffer, NativeCallError } from './native-buffer.unsafe.js';

export class EventFd {
  readonly #libc: Libc = libc();
  readonly #memory = NativeBuffer.allocate(16);

  /** Takes over `fd`. */
  constructor(readonly fd: number) {
    this.#memory.u32[0] = 1;
  }

  /** Nonblocking, close-on-exec, counter 0. */
  static create(): EventFd {
    const fd = libc().eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (fd < 0) throw new NativeCallError('eventfd2', -fd);
    return new EventFd(fd);
  }

  /** Adds 1 to the counter. -EAGAIN: a nonblocking one is full; a blocking one would wait. */
  signal(): number {
    const result = this.#libc.write(this.fd, this.#memory.address, 8);
    return result < 0 ? result : 0;
  }

  /** Takes the counter down to 0. @returns what it was, or -EAGAIN when it was 0 already (nonblocking) */
  drain(): number {
    const result = this.#libc.read(this.fd, this.#memory.address + 8, 8);
    if (result < 0) return result;
    return (this.#memory.u32[2] ?? 0) + (this.#memory.u32[3] ?? 0) * 0x1_0000_0000;
  }

  close(): void {
    this.#libc.close(this.fd);
    this.#memory.release();
  }
}
