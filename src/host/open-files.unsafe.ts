/**
 * Files of the machine that are open in native programs. Each is a real descriptor there, of a file
 * with a name of its own in `files/`; when the program's last descriptor and mapping of it go, however
 * they go, inotify reports the close of that name, and the machine's file is released.
 */
import { join } from 'node:path';
import type { File } from '../kernel/file.js';
import { Inotify } from './native/inotify.unsafe.js';
import { type Libc, libc } from './native/libc.unsafe.js';
import { IN_CLOSE_WRITE, O_CLOEXEC, O_CREAT, O_RDWR } from './native/linux-constants.js';
import { addressOf, NativeCallError } from './native/native-buffer.unsafe.js';
import { deviceMemoryOf } from './device-memory.unsafe.js';

const AT_FDCWD = -100;

/** One open file and the name it is known by. */
export interface OpenFile {
  readonly name: string;
  readonly file: File;
}

export class OpenFiles {
  readonly #libc: Libc = libc();
  readonly #directory: string;
  readonly #release: (file: File) => void;
  readonly #inotify = new Inotify();
  readonly #open = new Map<string, OpenFile>();
  #next = 1;

  /** @param release takes back the program's reference to a file that it has closed */
  constructor(directory: string, release: (file: File) => void) {
    this.#directory = directory;
    this.#release = release;
    const watch = this.#inotify.addWatch(directory, IN_CLOSE_WRITE);
    if (watch < 0) throw new NativeCallError('inotify_add_watch', -watch);
  }

  /** Readable when a file was closed. */
  get inotifyFd(): number {
    return this.#inotify.fd;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Makes a descriptor of this process for a file, to be put into a program and then closed here.
   * The reference to `file` is released when the last copy of the descriptor is closed anywhere.
   * @param content what a program reads that gets at the descriptor past the host's back
   * @throws NativeCallError
   */
  create(file: File, content?: Uint8Array): number {
    const name = String(this.#next++);
    const path = join(this.#directory, name);
    deviceMemoryOf(file.operations.memory)?.linkTo(path);
    const fd = this.#libc.openat(AT_FDCWD, path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600);
    if (fd < 0) throw new NativeCallError(`open ${path}`, -fd);
    if (content !== undefined) this.#fill(fd, content);
    this.#open.set(name, { name, file });
    return fd;
  }

  /** The open file whose descriptor's link in `/proc` reads `link`. */
  findByLink(link: string): OpenFile | undefined {
    const { length } = this.#directory;
    if (link.charCodeAt(length) !== 0x2f || !link.startsWith(this.#directory)) return undefined;
    return this.#open.get(link.slice(length + 1));
  }

  /** Releases the files whose last descriptor has been closed since. */
  releaseClosed(): void {
    this.#inotify.drain((_watch, _mask, name) => {
      const closed = this.#open.get(name);
      if (closed === undefined) return;
      this.#open.delete(name);
      this.#libc.unlinkat(AT_FDCWD, join(this.#directory, name));
      this.#release(closed.file);
    });
  }

  /** Releases whatever is left, when all programs are gone. */
  releaseAll(): void {
    this.releaseClosed();
    for (const { name, file } of [...this.#open.values()]) {
      this.#open.delete(name);
      this.#release(file);
    }
    this.#inotify.close();
  }

  #fill(fd: number, content: Uint8Array): void {
    const buffer = new Uint8Array(Math.max(content.length, 128));
    buffer.set(content);
    if (content.length > 0) this.#libc.pwrite(fd, addressOf(buffer), content.length, 0);
  }
}
