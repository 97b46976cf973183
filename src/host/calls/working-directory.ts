/**
 * `chdir` and `getcwd`. Only the real kernel can move a process, so where a directory of the machine
 * does not exist in the real `/sys`, the host remembers for the process where it believes to be.
 */
import { resultOfError } from '../../kernel/error.js';
import { Errno } from '../../uapi/errno.js';
import type { Host } from '../host.js';
import { fileStatus } from '../native/file-status.unsafe.js';
import { AT_FDCWD } from '../native/linux-constants.js';
import { type Answer, CONTINUE, type NativeCall } from '../native-call.js';
import { locate, nodeAt } from './locate.js';

export function changeDirectory(host: Host, call: NativeCall, pathAddress: number): Answer {
  const location = locate(host, call, AT_FDCWD, pathAddress);
  const { process } = call;
  if (location?.kind !== 'machine') {
    process.virtualDirectory = undefined;
    return CONTINUE;
  }
  try {
    const node = nodeAt(host, location.path, true);
    if (node.kind !== 'directory') return -Errno.ENOTDIR;
    const isReal =
      typeof fileStatus(node.path) !== 'number' && process.virtualDirectory === undefined;
    process.virtualDirectory = isReal ? undefined : node.path;
    host.hasVirtualDirectories ||= !isReal;
    return isReal ? CONTINUE : 0;
  } catch (error) {
    return resultOfError(error);
  }
}

/** `fchdir`: to a directory of the view, the process believes to be in what it shows. */
export function changeDirectoryTo(host: Host, call: NativeCall): Answer {
  if (host.hasVirtualDirectories) call.process.virtualDirectory = undefined;
  return CONTINUE;
}

export function getWorkingDirectory(host: Host, call: NativeCall): Answer {
  if (!host.hasVirtualDirectories) return CONTINUE;
  const { virtualDirectory, memory } = call.process;
  if (virtualDirectory === undefined) return CONTINUE;
  const bytes = new TextEncoder().encode(`${virtualDirectory}\0`);
  if (bytes.length > call.argument(1)) return -Errno.ERANGE;
  return memory.write(call.argument(0), bytes) ? bytes.length : -Errno.EFAULT;
}
