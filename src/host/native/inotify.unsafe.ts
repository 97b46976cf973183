// A nonblocking inotify(7) instance. Reading it when nothing happened is one system call and no garbage.

import { type Libc, libc } from './libc.unsafe.js';
import { EAGAIN, IN_CLOEXEC, IN_NONBLOCK } from './linux-constants.js';
import { NativeBuffer, NativeCallError } from './native-buffer.unsafe.js';

/** `name` is empty unless a directory is watched. */
export type InotifyHandler = (watch: number, mask: number, name: string) => void;

const bufferLength = 64 * 1024;
const headerLength = 16; // struct inotify_event { s32 wd; u32 mask, cookie, len; char name[] }

export class Inotify {
  readonly fd: number;
  readonly #libc: Libc = libc();
  readonly #memory = NativeBuffer.allocate(bufferLength);

  constructor() {
    this.fd = this.#libc.inotifyInit(IN_NONBLOCK | IN_CLOEXEC);
    if (this.fd < 0) throw new NativeCallError('inotify_init1', -this.fd);
  }

  /**
   * Watches the inode `path` leads to; it may be unlinked afterwards (`/proc/self/fd/N` works as a path).
   * @returns the watch descriptor, or -errno (ENOSPC: fs.inotify.max_user_watches)
   */
  addWatch(path: string, mask: number): number {
    return this.#libc.inotifyAddWatch(this.fd, path, mask);
  }

  removeWatch(watch: number): number {
    return this.#libc.inotifyRemoveWatch(this.fd, watch);
  }

  /**
   * Hands over every event there is, oldest first. Wd -1 with IN_Q_OVERFLOW: events were lost.
   * @returns how many, or -errno
   */
  drain(handler: InotifyHandler): number {
    let events = 0;
    for (;;) {
      const length = this.#libc.read(this.fd, this.#memory.address, bufferLength);
      if (length === -EAGAIN || length === 0) return events;
      if (length < 0) return length;
      events += this.#parse(length, handler);
      if (length <= bufferLength / 2) return events; // the queue did not fill it: empty now
    }
  }

  close(): void {
    this.#libc.close(this.fd);
    this.#memory.release();
  }

  #parse(length: number, handler: InotifyHandler): number {
    const { i32, u32, bytes } = this.#memory;
    let events = 0;
    for (let offset = 0; offset < length; events++) {
      const word = offset >> 2;
      const nameLength = u32[word + 3] ?? 0;
      const nameStart = offset + headerLength;
      const name =
        nameLength === 0 ? '' : nameOf(bytes.subarray(nameStart, nameStart + nameLength));
      handler(i32[word] ?? 0, u32[word + 1] ?? 0, name);
      offset = nameStart + nameLength;
    }
    return events;
  }
}

/** The name is padded with NULs. */
function nameOf(field: Uint8Array): string {
  const end = field.indexOf(0);
  return Buffer.from(end === -1 ? field : field.subarray(0, end)).toString();
}
