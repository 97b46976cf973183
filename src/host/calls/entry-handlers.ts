/** Which arguments of the calls that make, move and remove entries of directories are paths. */
import type { Host } from '../host.js';
import { AT_FDCWD } from '../native/linux-constants.js';
import type { Answer, NativeCall } from '../native-call.js';
import { type PathArgument, refuseMove, refuseNewEntry, refuseRemoval } from './change-calls.js';

const AT_REMOVEDIR = 0x200;

type EntryHandler = (host: Host, call: NativeCall) => Answer;

/** A path argument of the older calls, which begin at the working directory. */
export function pathAt(call: NativeCall, index: number): PathArgument {
  return { directoryFd: AT_FDCWD, address: call.argument(index) };
}

/** A path argument behind that of the directory where it begins. */
export function pathFrom(call: NativeCall, index: number): PathArgument {
  return { directoryFd: call.int(index), address: call.argument(index + 1) };
}

/** Handlers by name of the call. */
export const entryHandlers: Readonly<Record<string, EntryHandler>> = {
  mkdir: (host, call) => refuseNewEntry(host, call, pathAt(call, 0)),
  mkdirat: (host, call) => refuseNewEntry(host, call, pathFrom(call, 0)),
  mknod: (host, call) => refuseNewEntry(host, call, pathAt(call, 0)),
  mknodat: (host, call) => refuseNewEntry(host, call, pathFrom(call, 0)),
  // The first argument is what the link is to say, and leads nowhere yet.
  symlink: (host, call) => refuseNewEntry(host, call, pathAt(call, 1)),
  symlinkat: (host, call) => refuseNewEntry(host, call, pathFrom(call, 1)),
  link: (host, call) => refuseMove(host, call, pathAt(call, 0), pathAt(call, 1)),
  linkat: (host, call) => refuseMove(host, call, pathFrom(call, 0), pathFrom(call, 2)),
  rename: (host, call) => refuseMove(host, call, pathAt(call, 0), pathAt(call, 1)),
  renameat: (host, call) => refuseMove(host, call, pathFrom(call, 0), pathFrom(call, 2)),
  renameat2: (host, call) => refuseMove(host, call, pathFrom(call, 0), pathFrom(call, 2)),
  rmdir: (host, call) => refuseRemoval(host, call, pathAt(call, 0), 'directory'),
  unlink: (host, call) => refuseRemoval(host, call, pathAt(call, 0), 'file'),
  unlinkat: (host, call) => {
    const wanted = (call.int(2) & AT_REMOVEDIR) !== 0 ? 'directory' : 'file';
    return refuseRemoval(host, call, pathFrom(call, 0), wanted);
  },
};
