/**
 * Memory that a device's model and native programs share: a sparse file on tmpfs, mapped here and, at
 * the same offsets, by the programs.
 */
import { linkSync } from 'node:fs';
import { join } from 'node:path';
import type { MemoryObject } from '../kernel/memory-object.js';
import { libc } from './native/libc.unsafe.js';
import { O_CLOEXEC, O_CREAT, O_RDWR } from './native/linux-constants.js';
import { NativeBuffer, NativeCallError } from './native/native-buffer.unsafe.js';

const AT_FDCWD = -100;
/** Beyond the last region of a device: regions begin at index × 2⁴⁰. */
const FILE_SIZE = 16 * 2 ** 40;

export class SharedMemory implements MemoryObject {
  readonly #path: string;
  readonly #fd: number;
  readonly #parts = new Map<number, NativeBuffer>();

  /** @param directory where the file is made; @param name must be new there */
  constructor(directory: string, name: string) {
    this.#path = join(directory, name);
    this.#fd = libc().openat(AT_FDCWD, this.#path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600);
    if (this.#fd < 0) throw new NativeCallError(`open ${this.#path}`, -this.#fd);
    const error = libc().ftruncate(this.#fd, FILE_SIZE);
    if (error < 0) throw new NativeCallError(`ftruncate ${this.#path}`, -error);
  }

  map(offset: number, size: number): Uint8Array {
    let part = this.#parts.get(offset);
    if (part === undefined || part.length < size) {
      part = NativeBuffer.mapFile(this.#fd, offset, size);
      this.#parts.set(offset, part);
    }
    return part.bytes.subarray(0, size);
  }

  /** Gives the file another name, by which one opening of it can be told from the others. */
  linkTo(path: string): void {
    linkSync(this.#path, path);
  }
}
