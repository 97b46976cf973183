/**
 * `/proc/<pid>/status` of a process that has memory mapped for DMA: the real file with VmLck as the
 * real kernel would count it, had it pinned the pages.
 */
import { readSmallFile } from '../native/proc-file.unsafe.js';
import { PAGE_SIZE } from '../../uapi/file.js';
import type { Host } from '../host.js';
import { libc } from '../native/libc.unsafe.js';
import { MFD_CLOEXEC } from '../native/linux-constants.js';
import { NativeBuffer } from '../native/native-buffer.unsafe.js';
import { type Answer, CONTINUE, type NativeCall } from '../native-call.js';

export function openStatus(
  host: Host,
  call: NativeCall,
  pid: number,
  closeOnExec: boolean,
): Answer {
  const { lockedPages } = host.processes.processOf(pid).memory;
  if (lockedPages === 0) return CONTINUE;
  const text = readSmallFile(`/proc/${pid}/status`);
  if (text === undefined) return CONTINUE;
  const lockedKb = (lockedPages * PAGE_SIZE) / 1024;
  const shown = text.replace(/^VmLck:\s+(\d+) kB$/m, (_line, kb: string) => {
    return `VmLck:\t${String(Number(kb) + lockedKb).padStart(8)} kB`;
  });
  const fd = memoryFile(shown);
  const answer = call.answerWithDescriptor(fd, closeOnExec);
  libc().close(fd);
  return answer;
}

/** A descriptor of this process from which a text can be read. */
function memoryFile(text: string): number {
  const bytes = Buffer.from(text, 'latin1');
  using buffer = NativeBuffer.allocate(bytes.length);
  buffer.bytes.set(bytes);
  const fd = libc().memfdCreate('status', MFD_CLOEXEC);
  libc().pwrite(fd, buffer.address, bytes.length, 0);
  return fd;
}
