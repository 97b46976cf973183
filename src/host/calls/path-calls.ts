/** Calls that ask about a path: `stat`, `access`, `readlink` and kin. */
import { resultOfError } from '../../kernel/error.js';
import type { Inode } from '../../kernel/inode.js';
import { checkPermission } from '../../kernel/path-walk.js';
import { Errno } from '../../uapi/errno.js';
import { S_IFLNK, S_IFMT } from '../../uapi/file.js';
import type { Host } from '../host.js';
import { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW } from '../native/linux-constants.js';
import { type Answer, CONTINUE, type NativeCall } from '../native-call.js';
import type { StatContext } from '../stat-layout.js';
import { type Location, locate, machinePathOf, nodeAt } from './locate.js';

/** Writes an inode's metadata in one of the layouts of `stat-layout.ts`. */
export type StatEncoder = (inode: Inode, context: StatContext) => Uint8Array;

/** `stat`, `lstat`, `newfstatat`, `statx`: by path, or by descriptor with AT_EMPTY_PATH. */
export function statPath(
  host: Host,
  call: NativeCall,
  directoryFd: number,
  pathAddress: number,
  flags: number,
  buffer: number,
  encode: StatEncoder,
): Answer {
  const location = locate(host, call, directoryFd, pathAddress);
  if (location === undefined) {
    return (flags & AT_EMPTY_PATH) === 0
      ? CONTINUE
      : statDescriptor(host, call, directoryFd, buffer, encode);
  }
  try {
    const inode = inodeOf(host, location, (flags & AT_SYMLINK_NOFOLLOW) === 0);
    return inode === undefined ? CONTINUE : writeStat(host, call, inode, buffer, encode);
  } catch (error) {
    return resultOfError(error);
  }
}

/** `fstat` and kin. */
export function statDescriptor(
  host: Host,
  call: NativeCall,
  fd: number,
  buffer: number,
  encode: StatEncoder,
): Answer {
  const file = host.fileOf(call.tid, fd);
  return file === undefined ? CONTINUE : writeStat(host, call, file.inode, buffer, encode);
}

function writeStat(
  host: Host,
  call: NativeCall,
  inode: Inode,
  buffer: number,
  encode: StatEncoder,
): number {
  const bytes = encode(inode, host.statContext(inode.label));
  return call.process.memory.write(buffer, bytes) ? 0 : -Errno.EFAULT;
}

/** The inode at a location. A link of `/proc` itself, when not followed, is the real kernel's. */
function inodeOf(host: Host, location: Location, followLast: boolean): Inode | undefined {
  if (location.kind === 'machine') return nodeAt(host, location.path, followLast).inode;
  if (!followLast) return undefined;
  if (location.kind === 'view') return nodeAt(host, location.path, true).inode;
  return location.kind === 'descriptor' ? location.file.inode : undefined;
}

/** `access` and kin. */
export function accessPath(
  host: Host,
  call: NativeCall,
  directoryFd: number,
  pathAddress: number,
  wanted: number,
): Answer {
  const location = locate(host, call, directoryFd, pathAddress);
  if (location === undefined) return CONTINUE;
  try {
    const inode = inodeOf(host, location, true);
    if (inode === undefined) return CONTINUE;
    checkPermission(inode, call.process.task.credentials, wanted);
    return 0;
  } catch (error) {
    return resultOfError(error);
  }
}

/** `readlink`, `readlinkat`: the target, not terminated, cut to the buffer's size. */
export function readlinkPath(
  host: Host,
  call: NativeCall,
  directoryFd: number,
  pathAddress: number,
  buffer: number,
  size: number,
): Answer {
  const location = locate(host, call, directoryFd, pathAddress);
  const target =
    location === undefined ? linkAt(host, call, directoryFd) : targetOf(host, location);
  if (target === undefined) return CONTINUE;
  if (typeof target === 'number') return target;
  if (size <= 0) return -Errno.EINVAL;
  host.target = target;
  const bytes = new TextEncoder().encode(target).subarray(0, size);
  return call.process.memory.write(buffer, bytes) ? bytes.length : -Errno.EFAULT;
}

/** What a link leads to: one of the machine's, or one of `/proc`'s to what the machine has. */
function targetOf(host: Host, location: Location): string | number | undefined {
  switch (location.kind) {
    case 'machine':
      return host.calls.readlink(location.path);
    case 'view':
      return location.path;
    case 'descriptor':
      return location.file.inode.label;
    default:
      return undefined;
  }
}

/** The target of a link that a descriptor points at (O_PATH): `readlinkat` with an empty path. */
function linkAt(host: Host, call: NativeCall, fd: number): string | number | undefined {
  const inode = host.fileOf(call.tid, fd)?.inode;
  if (inode === undefined || (inode.mode & S_IFMT) !== S_IFLNK) return undefined;
  return host.calls.readlink(inode.label);
}

/** What sysfs and devtmpfs do not have: answered if the path is the machine's. */
export function refusePath(
  host: Host,
  call: NativeCall,
  directoryFd: number,
  pathAddress: number,
  errno: number,
): Answer {
  const location = locate(host, call, directoryFd, pathAddress);
  const path = machinePathOf(location);
  if (path === undefined) return CONTINUE;
  if (location?.kind === 'descriptor') return -errno;
  try {
    nodeAt(host, path, true);
    return -errno;
  } catch (error) {
    return resultOfError(error);
  }
}
