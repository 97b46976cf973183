// Small files and links of /proc, read without exceptions: most of what is asked for is often not there.

import { libc } from './libc.unsafe.js';
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from './linux-constants.js';
import { NativeBuffer } from './native-buffer.unsafe.js';

const bufferLength = 64 * 1024;
let buffer: NativeBuffer | undefined;

/** The content of a file as latin1; undefined when it can't be read. */
export function readSmallFile(path: string): string | undefined {
  const { openat, read, close } = libc();
  const fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return undefined;
  const { address, bytes } = scratch();
  let text = '';
  for (;;) {
    const length = read(fd, address, bufferLength);
    if (length <= 0) {
      close(fd);
      return length < 0 ? undefined : text;
    }
    text += latin1(bytes, length);
  }
}

/** Where a link points, as latin1; undefined when there is none. */
export function readLink(path: string): string | undefined {
  const { address, bytes } = scratch();
  const length = libc().readlinkat(AT_FDCWD, path, address, bufferLength);
  return length < 0 ? undefined : latin1(bytes, length);
}

function latin1(bytes: Uint8Array, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1');
}

function scratch(): NativeBuffer {
  buffer ??= NativeBuffer.allocate(bufferLength);
  return buffer;
}
