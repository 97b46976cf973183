/** Calls on descriptors of the machine's files other than reading, writing and ioctl. */
import type { MemoryArea } from '../../kernel/file.js';
import { KernelError } from '../../kernel/error.js';
import { Errno } from '../../uapi/errno.js';
import { F_DUPFD, F_DUPFD_CLOEXEC, F_GETFL, MAP_PRIVATE, MAP_TYPE } from '../../uapi/file.js';
import type { Host } from '../host.js';
import { libc } from '../native/libc.unsafe.js';
import { type Answer, CONTINUE, type NativeCall } from '../native-call.js';
import { deviceMemoryOf } from '../device-memory.unsafe.js';

const O_LARGEFILE = 0o100000;
const TWO_32 = 0x1_0000_0000;
/** Flags that only matter to open(2) and are not kept. */
const OPEN_ONLY = 0o2000000 | 0o100 | 0o200 | 0o1000 | 0o400;

/** `close`: the real kernel closes; what was remembered of the number is in doubt. */
export function closeDescriptor(host: Host, call: NativeCall): Answer {
  const fd = call.int(0);
  call.process.files.forget(fd);
  host.processes.closing(call.tid, fd, fd);
  return CONTINUE;
}

/** `close_range`. */
export function closeRange(host: Host, call: NativeCall): Answer {
  call.process.files.forget();
  host.processes.closing(call.tid, call.uint(0), call.uint(1));
  return CONTINUE;
}

/** `dup`: the new number must be in the high range too, or calls on it would pass us by. */
export function duplicate(
  host: Host,
  call: NativeCall,
  atLeast: number,
  closeOnExec: boolean,
): Answer {
  const fd = call.int(0);
  if (host.fileOf(call.tid, fd) === undefined) return CONTINUE;
  const { files } = call.process;
  try {
    const newFd = files.reserve(closeOnExec, atLeast);
    files.unreserve(newFd);
    const copy = files.copyOf(fd);
    const answer = call.answerWithDescriptor(copy, closeOnExec, newFd);
    libc().close(copy);
    return answer;
  } catch (error) {
    if (error instanceof KernelError && error.code === 'EMFILE') return -Errno.EMFILE;
    // No copy to be had (a container that forbids it): the real kernel duplicates, to a low number.
    host.hasLowDescriptors = true;
    return CONTINUE;
  }
}

/** `dup2`, `dup3`: the program chooses the number; the real kernel duplicates. */
export function duplicateTo(host: Host, call: NativeCall): Answer {
  if (host.fileOf(call.tid, call.int(0)) !== undefined) host.hasLowDescriptors = true;
  host.processes.closing(call.tid, call.int(1), call.int(1));
  return CONTINUE;
}

/** `fcntl`. */
export function control(host: Host, call: NativeCall): Answer {
  const command = call.int(1);
  if (command === F_DUPFD || command === F_DUPFD_CLOEXEC) {
    return duplicate(host, call, call.int(2), command === F_DUPFD_CLOEXEC);
  }
  if (command !== F_GETFL) return CONTINUE;
  const file = host.fileOf(call.tid, call.int(0));
  if (file === undefined) return CONTINUE;
  return (file.flags & ~OPEN_ONLY) | O_LARGEFILE;
}

/** `lseek`; VFIO's files have no position to move. */
export function seek(host: Host, call: NativeCall, offset: number, whence: number): Answer {
  const file = host.fileOf(call.tid, call.int(0));
  return file === undefined ? CONTINUE : host.calls.seek(file, offset, whence);
}

/** `_llseek` of 32-bit programs: the new position goes to memory. */
export function seekLong(host: Host, call: NativeCall): Answer {
  const file = host.fileOf(call.tid, call.int(0));
  if (file === undefined) return CONTINUE;
  const position = host.calls.seek(file, call.int(1) * TWO_32 + call.uint(2), call.uint(4));
  if (position < 0) return position;
  const bytes = new Uint8Array(new BigUint64Array([BigInt(position)]).buffer);
  return call.process.memory.write(call.argument(3), bytes) ? 0 : -Errno.EFAULT;
}

/** `mmap`: when the machine agrees, the real kernel maps the file, whose pages the device shares. */
export function mapMemory(host: Host, call: NativeCall, offset: number): Answer {
  const file = host.fileOf(call.tid, call.int(4));
  if (file === undefined) return CONTINUE;
  const type = call.int(3) & MAP_TYPE;
  const result: number | MemoryArea = host.calls.mmap(call.process.task, file, {
    length: call.argument(1),
    protection: call.int(2),
    isShared: type !== MAP_PRIVATE,
    offset,
  });
  if (typeof result === 'number') return result;
  deviceMemoryOf(file.operations.memory)?.mappedBy(call.process.pid);
  return CONTINUE;
}

/** Calls that no file of the machine has an answer to. */
export function refuse(host: Host, call: NativeCall, errno: number): Answer {
  return host.fileOf(call.tid, call.int(0)) === undefined ? CONTINUE : -errno;
}
