/**
 * Files of captures. One machine at a time writes a capture: it is locked as long as it is open (flock(2)).
 * What can't be written entirely is not written at all, so that a file ends with a whole frame.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { NetworkError } from '../../net/network-error.js';
import type { CaptureFile, CaptureSource } from '../../net/surroundings.js';
import { codeOf, explainCode } from '../explain-error.js';
import { libc } from '../native/libc.unsafe.js';
import { syscalls } from '../native/x86-64.js';

const LOCK_EX = 2;
const LOCK_NB = 4;

/** Makes a file, or empties it. @throws NetworkError */
export function createCaptureFile(file: string): CaptureFile {
  const { O_WRONLY, O_CREAT, O_NONBLOCK } = constants;
  const fd = open(file, O_WRONLY | O_CREAT | O_NONBLOCK, 'take a file that you may write to');
  try {
    if (libc().syscall(syscalls.flock, fd, LOCK_EX | LOCK_NB) !== 0) {
      const fix = 'take another file, or wait until it ends';
      throw new NetworkError(`${file}: another machine captures to it`, fix);
    }
    const isRegular = fstatSync(fd).isFile();
    if (isRegular) ftruncateSync(fd, 0);
    return new WrittenFile(fd, isRegular);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** @throws NetworkError */
export function openCaptureFile(file: string): CaptureSource {
  const { O_RDONLY, O_NONBLOCK } = constants;
  const fd = open(file, O_RDONLY | O_NONBLOCK, 'take a file that you may read');
  return {
    read(target) {
      try {
        return readSync(fd, target);
      } catch (error) {
        throw new NetworkError(`${file}: ${explainCode(codeOf(error))}`);
      }
    },
    close: () => closeSync(fd),
  };
}

class WrittenFile implements CaptureFile {
  readonly #fd: number;
  readonly #isRegular: boolean;
  /** Bytes in it. */
  #length = 0;

  constructor(fd: number, isRegular: boolean) {
    this.#fd = fd;
    this.#isRegular = isRegular;
  }

  write(bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done);
      }
      this.#length += bytes.length;
    } catch (error) {
      if (this.#isRegular) ftruncateSync(this.#fd, this.#length);
      throw new NetworkError(explainCode(codeOf(error)), 'make room, or take another file');
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Does not wait for anybody at the other end of a pipe. */
function open(file: string, flags: number, fix: string): number {
  let fd: number;
  try {
    fd = openSync(file, flags, 0o644);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENXIO') {
      throw new NetworkError(`${file}: nobody reads from the pipe`, 'start who does first');
    }
    const isNoFolder = code === 'ENOENT' && (flags & constants.O_CREAT) !== 0;
    const why = isNoFolder ? 'there is no such folder' : explainCode(code);
    throw new NetworkError(`${file}: ${why}`, fix);
  }
  if (!fstatSync(fd).isFIFO() && !fstatSync(fd).isDirectory()) return fd;
  closeSync(fd);
  throw new NetworkError(`${file}: is not a file`, fix);
}
