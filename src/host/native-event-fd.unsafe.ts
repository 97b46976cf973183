/**
 * Eventfds of native programs. The machine holds a copy of the descriptor, so the program may close
 * its own right after handing it over.
 */
import { readlinkSync } from 'node:fs';
import { kernelError } from '../kernel/error.js';
import type { EventFd } from '../kernel/event-fd.js';
import { type Libc, libc } from './native/libc.unsafe.js';
import { POLLOUT } from './native/linux-constants.js';
import { NativeBuffer } from './native/native-buffer.unsafe.js';
import { syscalls } from './native/x86-64.js';
import type { ReadySet } from './ready-set.unsafe.js';

const RWF_NOWAIT = 8;

/** Takes over a copy of a program's descriptor. @throws EINVAL when it is no eventfd */
export function nativeEventFd(fd: number, ready: ReadySet): EventFd {
  if (readlinkSync(`/proc/self/fd/${fd}`) !== 'anon_inode:[eventfd]') {
    libc().close(fd);
    throw kernelError('EINVAL');
  }
  return new NativeEventFd(fd, ready);
}

class NativeEventFd implements EventFd {
  readonly #libc: Libc = libc();
  readonly #fd: number;
  readonly #ready: ReadySet;

  constructor(fd: number, ready: ReadySet) {
    this.#fd = fd;
    this.#ready = ready;
  }

  signal(count: number): void {
    const memory = scratch();
    // As the kernel's eventfd_signal: a full counter stays full. Writing to it would wait.
    memory.i32[4] = this.#fd;
    memory.u32[5] = POLLOUT;
    if (this.#libc.poll(memory.address + 16, 1, 0) !== 1) return;
    memory.u32[0] = count;
    memory.u32[1] = 0;
    this.#libc.write(this.#fd, memory.address, 8);
  }

  listen(callback: () => void): () => void {
    const take = (): void => {
      if (this.#take()) callback();
    };
    return this.#ready.add(this.#fd, take, { isUrgent: true });
  }

  put(): void {
    this.#libc.close(this.#fd);
  }

  /** Takes the counter down without ever waiting: the program may have read it first. */
  #take(): boolean {
    const memory = scratch();
    memory.u64[4] = BigInt(memory.address);
    memory.u64[5] = 8n;
    return (
      this.#libc.syscall(syscalls.preadv2, this.#fd, memory.address + 32, 1, -1, -1, RWF_NOWAIT) ===
      8
    );
  }
}

let shared: NativeBuffer | undefined;
function scratch(): NativeBuffer {
  shared ??= NativeBuffer.allocate(64);
  return shared;
}
