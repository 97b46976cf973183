/** Descriptors that the serving loop acts on when they are readable, behind one epoll descriptor. epoll(7) */
import { type Libc, libc } from './native/libc.unsafe.js';
import { NativeBuffer, NativeCallError } from './native/native-buffer.unsafe.js';
import { syscalls } from './native/x86-64.js';

const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 1;
const EPOLLOUT = 4;
const EPOLL_CLOEXEC = 0o2000000;
/** `struct epoll_event` is packed on x86-64: u32 events, u64 data. */
const EVENT_SIZE = 12;
const EVENTS_AT_ONCE = 64;

export interface ReadyOptions {
  /** Whether it can't wait some milliseconds. Default: it can. */
  readonly isUrgent?: boolean;
  /** Whether to act when the descriptor is writable, instead of readable. */
  readonly isForWriting?: boolean;
}

export class ReadySet {
  /** Readable when one of the descriptors is ready. */
  readonly fd: number;
  readonly #libc: Libc = libc();
  readonly #memory = NativeBuffer.allocate(EVENT_SIZE * (EVENTS_AT_ONCE + 1));
  readonly #handlers = new Map<number, () => void>();
  #nextKey = 1;
  #urgent = 0;

  constructor() {
    this.fd = this.#libc.syscall(syscalls.epoll_create1, EPOLL_CLOEXEC);
    if (this.fd < 0) throw new NativeCallError('epoll_create1', -this.fd);
  }

  /** Whether some descriptor can't wait for the next call or look. */
  get isUrgent(): boolean {
    return this.#urgent > 0;
  }

  /**
   * Calls `handler` in the loop while `fd` is readable (or writable, or closed at the other end).
   * @returns ends it; to be called before the descriptor is closed
   * @throws NativeCallError
   */
  add(fd: number, handler: () => void, options: ReadyOptions = {}): () => void {
    const { isUrgent = false, isForWriting = false } = options;
    const key = this.#nextKey++;
    const { view, address } = this.#memory;
    view.setUint32(0, isForWriting ? EPOLLOUT : EPOLLIN, true);
    view.setUint32(4, key, true);
    view.setUint32(8, 0, true);
    const error = this.#libc.syscall(syscalls.epoll_ctl, this.fd, EPOLL_CTL_ADD, fd, address);
    if (error < 0) throw new NativeCallError('epoll_ctl', -error);
    this.#handlers.set(key, handler);
    if (isUrgent) this.#urgent += 1;
    return () => {
      if (this.#handlers.delete(key)) {
        if (isUrgent) this.#urgent -= 1;
        this.#libc.syscall(syscalls.epoll_ctl, this.fd, EPOLL_CTL_DEL, fd, address);
      }
    };
  }

  /** Calls the handlers of what is readable now. */
  run(): void {
    const { view, address } = this.#memory;
    const events = address + EVENT_SIZE;
    const count = this.#libc.syscall(
      syscalls.epoll_pwait,
      this.fd,
      events,
      EVENTS_AT_ONCE,
      0,
      0,
      8,
    );
    const keys: number[] = [];
    for (let i = 1; i <= count; i++) keys.push(view.getUint32(EVENT_SIZE * i + 4, true));
    for (const key of keys) this.#handlers.get(key)?.();
  }

  close(): void {
    this.#libc.close(this.fd);
    this.#memory.release();
  }
}
