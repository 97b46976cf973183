/**
 * Raw image files as disks. One machine at a time writes an image: it is locked as long as it is open
 * (flock(2)). What is discarded gives its space back to the file system.
 */
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  unlinkSync,
} from 'node:fs';
import { type Disk, DiskError, type DiskFailure, type DiskRequest } from '../kernel/disk.js';
import { getSystemErrorName } from 'node:util';
import { codeOf, explainCode } from './explain-error.js';
import { type Libc, libc } from './native/libc.unsafe.js';
import { addressOf } from './native/native-buffer.unsafe.js';
import { syscalls } from './native/x86-64.js';

const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const FALLOC_FL_KEEP_SIZE = 1;
const FALLOC_FL_PUNCH_HOLE = 2;
const SECTOR = 512;
/** Zeros written at a time, where holes can't be punched. */
const ZEROS = new Uint8Array(1024 * 1024);

type FileRequest = DiskRequest & { readonly file: string };

/** Opens an image, or makes one. @throws DiskError with one line for people */
export function openFileDisk(request: FileRequest): Disk {
  const { file, size } = request;
  const isReadOnly = request.isReadOnly === true;
  const { fd, isNew } = openImage(request);
  try {
    lock(fd, file, isReadOnly);
    if (isNew) make(fd, file, size ?? 0);
    return new FileDisk(fd, checkedSize(fd, request), isReadOnly);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

class FileDisk implements Disk {
  readonly size: number;
  readonly isReadOnly: boolean;
  readonly #fd: number;
  /** Node's own functions take a microsecond more for each block. */
  readonly #libc: Libc = libc();
  #canPunch = true;

  constructor(fd: number, size: number, isReadOnly: boolean) {
    this.#fd = fd;
    this.size = size;
    this.isReadOnly = isReadOnly;
  }

  read(offset: number, target: Uint8Array): void {
    const address = addressOf(target);
    for (let done = 0; done < target.length; ) {
      const left = target.length - done;
      const count = this.#libc.pread(this.#fd, address + done, left, offset + done);
      if (count < 0) throw failure(getSystemErrorName(count));
      if (count === 0) throw new DiskError('the image has become shorter');
      done += count;
    }
  }

  write(offset: number, source: Uint8Array): void {
    this.#checkWritable();
    const address = addressOf(source);
    for (let done = 0; done < source.length; ) {
      const left = source.length - done;
      const count = this.#libc.pwrite(this.#fd, address + done, left, offset + done);
      if (count < 0) throw failure(getSystemErrorName(count));
      done += count;
    }
  }

  discard(offset: number, length: number): void {
    this.#checkWritable();
    if (length === 0 || (this.#canPunch && this.#punch(offset, length))) return;
    this.#canPunch = false;
    for (let done = 0; done < length; done += ZEROS.length) {
      this.write(offset + done, ZEROS.subarray(0, Math.min(ZEROS.length, length - done)));
    }
  }

  flush(): void {
    try {
      fdatasyncSync(this.#fd);
    } catch (error) {
      throw failure(codeOf(error));
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  #punch(offset: number, length: number): boolean {
    const mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
    return this.#libc.syscall(syscalls.fallocate, this.#fd, mode, offset, length) === 0;
  }

  #checkWritable(): void {
    if (this.isReadOnly) throw new DiskError('it is read-only', { failure: 'read-only' });
  }
}

function openImage({ file, size, isReadOnly }: FileRequest): { fd: number; isNew: boolean } {
  const flags = isReadOnly === true ? constants.O_RDONLY : constants.O_RDWR;
  try {
    // A FIFO would keep the machine waiting for a writer.
    return { fd: openSync(file, flags | constants.O_NONBLOCK), isNew: false };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' && isReadOnly !== true && size !== undefined) return createImage(file);
    throw new DiskError(`${file}: ${explainCode(code)}`, {
      fix: fixFor(code, isReadOnly === true),
    });
  }
}

function createImage(file: string): { fd: number; isNew: boolean } {
  try {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
    return { fd: openSync(file, flags, 0o644), isNew: true };
  } catch (error) {
    const code = codeOf(error);
    const reason = code === 'ENOENT' ? 'there is no such directory' : explainCode(code);
    throw new DiskError(`${file}: the image can't be made: ${reason}`, {
      fix: code === 'ENOENT' ? 'make it first' : 'take a directory that you may write to',
    });
  }
}

/** Sparse: it takes space as it is written. */
function make(fd: number, file: string, size: number): void {
  try {
    ftruncateSync(fd, size);
  } catch (error) {
    unlinkSync(file);
    const text = `${file}: the image can't be made ${size} bytes long: ${explainCode(codeOf(error))}`;
    throw new DiskError(text, { fix: 'take a smaller size' });
  }
}

function lock(fd: number, file: string, isShared: boolean): void {
  const kind = (isShared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  if (libc().syscall(syscalls.flock, fd, kind) === 0) return;
  const fix = 'wait until it ends, or take a copy';
  throw new DiskError(`${file}: another machine has the image open`, { fix });
}

function checkedSize(fd: number, { file, size }: FileRequest): number {
  const stat = fstatSync(fd);
  if (!stat.isFile()) throw new DiskError(`${file}: is not a regular file`, { fix: RAW_IMAGE });
  if (size !== undefined && stat.size !== size) {
    const text = `${file}: the image has ${stat.size} bytes, not ${size}`;
    throw new DiskError(text, { fix: 'leave out size, or say the right one' });
  }
  if (stat.size === 0 || stat.size % SECTOR !== 0) {
    const text = `${file}: the image has ${stat.size} bytes, which is no multiple of ${SECTOR}`;
    throw new DiskError(text, { fix: RAW_IMAGE });
  }
  return stat.size;
}

const RAW_IMAGE = 'take a raw image, as `truncate -s 1G disk.img` makes one';

function fixFor(code: string, isReadOnly: boolean): string {
  if (code === 'ENOENT') {
    return isReadOnly ? 'make it, or leave out readonly' : 'add size=… to have it made';
  }
  if (code === 'EACCES' || code === 'EROFS') return 'add readonly=yes, or get permission';
  return RAW_IMAGE;
}

function failure(code: string): DiskError {
  return new DiskError(code, { failure: failureOf(code) });
}

function failureOf(code: string): DiskFailure {
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') return 'full';
  return code === 'EROFS' ? 'read-only' : 'failed';
}
