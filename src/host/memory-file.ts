/** Files of this process that have no name: what a program is to read and nothing else has. */
import { libc } from './native/libc.unsafe.js';
import { MFD_CLOEXEC } from './native/linux-constants.js';
import { NativeBuffer } from './native/native-buffer.unsafe.js';

/**
 * A descriptor of this process from which a content can be read, to be put into a program and closed here.
 * @param name for `/proc/<pid>/fd`
 */
export function memoryFile(name: string, content: Uint8Array): number {
  using buffer = NativeBuffer.allocate(content.length);
  buffer.bytes.set(content);
  const fd = libc().memfdCreate(name, MFD_CLOEXEC);
  libc().pwrite(fd, buffer.address, content.length, 0);
  return fd;
}
