// poll(2) over a fixed table of descriptors. The kernel asks them in table order, and that order is a promise
// here: a descriptor added later is looked at later. With the seccomp listener first and inotify after it, a
// close that happened before a reported call is always reported together with that call.

import { type Libc, libc } from './libc.unsafe.js';
import { POLLIN } from './linux-constants.js';
import { NativeBuffer } from './native-buffer.unsafe.js';

const timespecWords = 4;

export class Poller {
  readonly #libc: Libc = libc();
  readonly #memory: NativeBuffer;
  readonly #i32: Int32Array;
  readonly #u32: Uint32Array;
  readonly #pollfds: number;
  #count = 0;

  /** @param capacity how many descriptors it can hold */
  constructor(readonly capacity = 64) {
    this.#memory = NativeBuffer.allocate(timespecWords * 4 + capacity * 8);
    this.#i32 = this.#memory.i32;
    this.#u32 = this.#memory.u32;
    this.#pollfds = this.#memory.address + timespecWords * 4;
  }

  /**
   * Adds a descriptor behind all others, or in a slot that was removed.
   * @returns its slot, for `ready` and `remove`
   */
  add(fd: number, events = POLLIN): number {
    const free = this.#freeSlot();
    const slot = free === -1 ? this.#count++ : free;
    if (slot >= this.capacity)
      throw new RangeError(`a poller of ${this.capacity} descriptors is full`);
    this.#i32[timespecWords + slot * 2] = fd;
    this.#u32[timespecWords + slot * 2 + 1] = events; // u16 events, u16 revents
    return slot;
  }

  /** The slot stays, empty: the kernel skips negative descriptors, and others keep their place. */
  remove(slot: number): void {
    this.#i32[timespecWords + slot * 2] = -1;
    this.#u32[timespecWords + slot * 2 + 1] = 0;
  }

  /**
   * Waits until a descriptor is ready, at most `timeoutUs` microseconds; -1 waits without end.
   * @returns how many are ready (0: the time is up), or -EINTR
   */
  wait(timeoutUs: number): number {
    if (timeoutUs <= 0) return this.#libc.poll(this.#pollfds, this.#count, timeoutUs < 0 ? -1 : 0);
    const seconds = Math.floor(timeoutUs / 1e6);
    this.#u32[0] = seconds;
    this.#u32[2] = Math.floor((timeoutUs - seconds * 1e6) * 1e3);
    return this.#libc.ppoll(this.#pollfds, this.#count, this.#memory.address);
  }

  /** The POLL* bits the last `wait` found; 0 when not ready. POLLHUP on a listener: no filtered thread is left. */
  ready(slot: number): number {
    return (this.#u32[timespecWords + slot * 2 + 1] ?? 0) >>> 16;
  }

  release(): void {
    this.#memory.release();
  }

  #freeSlot(): number {
    for (let slot = 0; slot < this.#count; slot++) {
      if (this.#i32[timespecWords + slot * 2] === -1) return slot;
    }
    return -1;
  }
}
