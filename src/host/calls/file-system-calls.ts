/** `statfs` and `fstatfs`: what is the machine's lies on sysfs or devtmpfs, wherever it really is. */
import { resultOfError } from '../../kernel/error.js';
import { Errno } from '../../uapi/errno.js';
import type { Host } from '../host.js';
import { AT_FDCWD } from '../native/linux-constants.js';
import { readLink } from '../native/proc-file.unsafe.js';
import { type Answer, CONTINUE, type NativeCall } from '../native-call.js';
import { locate, nodeAt } from './locate.js';

/** Writes `struct statfs` in one of the layouts of `stat-layout.ts`. */
export type StatfsEncoder = (magic: number) => Uint8Array;

const SYSFS_MAGIC = 0x62656572;
const TMPFS_MAGIC = 0x01021994;

export function statFileSystem(
  host: Host,
  call: NativeCall,
  buffer: number,
  encode: StatfsEncoder,
): Answer {
  const location = locate(host, call, AT_FDCWD, call.argument(0));
  if (location?.kind !== 'machine' && location?.kind !== 'view') return CONTINUE;
  try {
    return answer(call, nodeAt(host, location.path, true).path, buffer, encode);
  } catch (error) {
    return resultOfError(error);
  }
}

/** Of a descriptor: udev asks whether what it has opened is on sysfs. */
export function statFileSystemOf(
  host: Host,
  call: NativeCall,
  buffer: number,
  encode: StatfsEncoder,
): Answer {
  const fd = call.int(0);
  const link = fd < 0 ? undefined : readLink(`/proc/${call.tid}/fd/${fd}`);
  if (link === undefined) return CONTINUE;
  const path = host.fileOf(call.tid, fd)?.inode.label ?? host.paths.machinePath(link);
  return path === link ? CONTINUE : answer(call, path, buffer, encode);
}

function answer(call: NativeCall, path: string, buffer: number, encode: StatfsEncoder): Answer {
  const bytes = encode(path.startsWith('/sys') ? SYSFS_MAGIC : TMPFS_MAGIC);
  return call.process.memory.write(buffer, bytes) ? 0 : -Errno.EFAULT;
}
