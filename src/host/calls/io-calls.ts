/** Reads and writes on the machine's files. */
import type { File, SyscallResult } from '../../kernel/file.js';
import { Errno } from '../../uapi/errno.js';
import type { Host } from '../host.js';
import { type Answer, CONTINUE, type NativeCall } from '../native-call.js';

const STDOUT = 1;
const IOV_MAX = 1024;

/** `read`, `pread64`. */
export function readFile(host: Host, call: NativeCall, offset: number | undefined): Answer {
  const file = host.fileOf(call.tid, call.int(0));
  if (file === undefined) return CONTINUE;
  return host.calls.read(call.process.task, file, call.argument(1), call.argument(2), offset);
}

/** `write`, `pwrite64`. */
export function writeFile(host: Host, call: NativeCall, offset: number | undefined): Answer {
  const fd = call.int(0);
  if (fd === STDOUT && !host.hasLowDescriptors) return CONTINUE;
  const file = host.fileOf(call.tid, fd);
  if (file === undefined) return CONTINUE;
  return host.calls.write(call.process.task, file, call.argument(1), call.argument(2), offset);
}

/** `readv`, `writev`, `preadv`, `pwritev`: as many reads or writes as there are parts, until one is short. */
export function transferVector(
  host: Host,
  call: NativeCall,
  isWrite: boolean,
  offset: number | undefined,
): Answer {
  const file = host.fileOf(call.tid, call.int(0));
  if (file === undefined) return CONTINUE;
  const count = call.int(2);
  if (count < 0 || count > IOV_MAX) return -Errno.EINVAL;
  const parts = readVector(call, call.argument(1), count);
  return parts === undefined
    ? -Errno.EFAULT
    : transferParts(host, call, file, parts, isWrite, offset);
}

interface Part {
  readonly address: number;
  readonly length: number;
}

async function transferRest(
  first: Promise<number>,
  next: (result: number) => SyscallResult,
): Promise<number> {
  return next(await first);
}

function transferParts(
  host: Host,
  call: NativeCall,
  file: File,
  parts: readonly Part[],
  isWrite: boolean,
  offset: number | undefined,
): SyscallResult {
  const { task } = call.process;
  const step = (index: number, done: number): SyscallResult => {
    const part = parts[index];
    if (part === undefined) return done;
    const at = offset === undefined ? undefined : offset + done;
    const result = isWrite
      ? host.calls.write(task, file, part.address, part.length, at)
      : host.calls.read(task, file, part.address, part.length, at);
    const next = (value: number): SyscallResult => {
      if (value < 0) return done > 0 ? done : value;
      return value < part.length ? done + value : step(index + 1, done + value);
    };
    return typeof result === 'number' ? next(result) : transferRest(result, next);
  };
  return step(0, 0);
}

/** `struct iovec`s of the program, whose words are 4 bytes in a 32-bit one. */
function readVector(call: NativeCall, address: number, count: number): Part[] | undefined {
  const word = call.isCompat ? 4 : 8;
  const bytes = new Uint8Array(count * 2 * word);
  if (!call.process.memory.read(address, bytes)) return undefined;
  const view = new DataView(bytes.buffer);
  const at = (offset: number): number =>
    word === 4 ? view.getUint32(offset, true) : Number(view.getBigInt64(offset, true));
  return Array.from({ length: count }, (_, index) => ({
    address: at(index * 2 * word),
    length: at(index * 2 * word + word),
  }));
}
