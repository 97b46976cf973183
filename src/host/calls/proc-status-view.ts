/**
 * `/proc/<pid>/status` of a process that has memory mapped for DMA: the real file with VmLck as the
 * real kernel would count it, had it pinned the pages.
 */
import { readSmallFile } from '../native/proc-file.unsafe.js';
import { PAGE_SIZE } from '../../uapi/file.js';
import type { Host } from '../host.js';
import { libc } from '../native/libc.unsafe.js';
import { memoryFile } from '../memory-file.js';
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
  const fd = memoryFile('status', Buffer.from(shown, 'latin1'));
  const answer = call.answerWithDescriptor(fd, closeOnExec);
  libc().close(fd);
  return answer;
}
