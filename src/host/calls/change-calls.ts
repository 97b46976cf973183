/**
 * Calls that change what a path leads to: modes, owners, entries of directories. The directories and
 * plain files that programs have open are the host's own, of the same user often, so none of these may get at
 * them: they are answered from the machine's, in which nobody makes or removes anything this way.
 */
import { kernelError, resultOfError } from '../../kernel/error.js';
import { checkPermission } from '../../kernel/path-walk.js';
import type { Owner, TreeNode } from '../../kernel/tree.js';
import { Errno } from '../../uapi/errno.js';
import { W_OK, X_OK } from '../../uapi/file.js';
import type { Host } from '../host.js';
import { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW } from '../native/linux-constants.js';
import { type Answer, CONTINUE, type NativeCall } from '../native-call.js';
import { locate, machinePathBehind, machinePathOf, nodeAt } from './locate.js';

/** What a call names: a path from a directory on. */
export interface PathArgument {
  readonly directoryFd: number;
  readonly address: number;
}

/** `chmod`, `fchmodat`, `fchmodat2`. */
export function changeMode(
  host: Host,
  call: NativeCall,
  argument: PathArgument,
  mode: number,
  flags = 0,
): Answer {
  const path = changedPath(host, call, argument, flags);
  return path === undefined ? CONTINUE : chmodOf(host, call, path, mode);
}

/** `fchmod`. */
export function changeModeOf(host: Host, call: NativeCall, mode: number): Answer {
  const path = machinePathBehind(host, call, call.int(0));
  return path === undefined ? CONTINUE : chmodOf(host, call, path, mode);
}

/** What has no path has no permissions to change either. */
function chmodOf(host: Host, call: NativeCall, path: string, mode: number): number {
  return path.startsWith('/') ? host.calls.chmod(call.process.task, path, mode) : -Errno.EPERM;
}

/** `chown`, `lchown`, `fchownat`. */
export function changeOwner(
  host: Host,
  call: NativeCall,
  argument: PathArgument,
  owner: Owner,
  flags: number,
): Answer {
  const path = changedPath(host, call, argument, flags);
  if (path === undefined) return CONTINUE;
  return chownOf(host, call, path, owner, (flags & AT_SYMLINK_NOFOLLOW) === 0);
}

/** `fchown`. */
export function changeOwnerOf(host: Host, call: NativeCall, owner: Owner): Answer {
  const path = machinePathBehind(host, call, call.int(0));
  return path === undefined ? CONTINUE : chownOf(host, call, path, owner, true);
}

function chownOf(
  host: Host,
  call: NativeCall,
  path: string,
  owner: Owner,
  followLast: boolean,
): number {
  if (!path.startsWith('/')) return -Errno.EPERM;
  return host.calls.chown(call.process.task, path, owner, followLast);
}

/** The machine's path that is to be changed, or that of a descriptor with AT_EMPTY_PATH. */
function changedPath(
  host: Host,
  call: NativeCall,
  { directoryFd, address }: PathArgument,
  flags: number,
): string | undefined {
  const location = locate(host, call, directoryFd, address);
  if (location !== undefined || (flags & AT_EMPTY_PATH) === 0) return machinePathOf(location);
  return machinePathBehind(host, call, directoryFd);
}

/** `mkdir`, `mknod`, `symlink` and kin: the machine's directories have what they have. */
export function refuseNewEntry(host: Host, call: NativeCall, argument: PathArgument): Answer {
  const path = entryPath(host, call, argument);
  return path === undefined ? CONTINUE : refusal(() => checkNewEntry(host, call, path));
}

/** `unlink`, `rmdir`: not even the owner removes an entry. */
export function refuseRemoval(
  host: Host,
  call: NativeCall,
  argument: PathArgument,
  wanted: 'directory' | 'file',
): Answer {
  const path = entryPath(host, call, argument);
  return path === undefined ? CONTINUE : refusal(() => checkRemoval(host, call, path, wanted));
}

/** `rename`, `link`: within the machine as above, and no other file system reaches into it. */
export function refuseMove(
  host: Host,
  call: NativeCall,
  from: PathArgument,
  to: PathArgument,
): Answer {
  const source = entryPath(host, call, from);
  const target = entryPath(host, call, to);
  if (source === undefined && target === undefined) return CONTINUE;
  if (source === undefined || target === undefined) return -Errno.EXDEV;
  return refusal(() => checkMutable(host, call, nodeAt(host, source, false)));
}

function entryPath(
  host: Host,
  call: NativeCall,
  { directoryFd, address }: PathArgument,
): string | undefined {
  const location = locate(host, call, directoryFd, address);
  return location?.kind === 'machine' ? location.path : undefined;
}

function checkNewEntry(host: Host, call: NativeCall, path: string): void {
  const name = path.replace(/\/+$/, '');
  const parent = nodeAt(host, name.slice(0, name.lastIndexOf('/')) || '/', true);
  if (parent.kind !== 'directory') throw kernelError('ENOTDIR');
  if (parent.get(name.slice(name.lastIndexOf('/') + 1)) !== undefined) throw kernelError('EEXIST');
  checkPermission(parent.inode, call.process.task.credentials, W_OK | X_OK);
}

function checkRemoval(
  host: Host,
  call: NativeCall,
  path: string,
  wanted: 'directory' | 'file',
): void {
  const node = nodeAt(host, path, false);
  checkMutable(host, call, node);
  if (wanted === 'directory' && node.kind !== 'directory') throw kernelError('ENOTDIR');
  if (wanted === 'file' && node.kind === 'directory') throw kernelError('EISDIR');
}

/** Whether the program may write to the directory that an entry is in. @throws EACCES */
function checkMutable(host: Host, call: NativeCall, node: TreeNode): void {
  const parent = node.parent ?? host.kernel.root;
  checkPermission(parent.inode, call.process.task.credentials, W_OK | X_OK);
}

/** Whatever a check does not refuse for a reason of its own, the file system does not support. */
function refusal(check: () => void): number {
  try {
    check();
    return -Errno.EPERM;
  } catch (error) {
    return resultOfError(error);
  }
}
