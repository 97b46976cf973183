/** From system-call numbers to handlers: which argument is what, for 64-bit and 32-bit programs. */
import type { Owner } from '../kernel/tree.js';
import { Errno } from '../uapi/errno.js';
import { O_CREAT, O_TRUNC, O_WRONLY } from '../uapi/file.js';
import { changeMode, changeModeOf, changeOwner, changeOwnerOf } from './calls/change-calls.js';
import { createEventFd } from './calls/create-event-fd.js';
import {
  closeDescriptor,
  closeRange,
  control,
  duplicate,
  duplicateTo,
  mapMemory,
  refuse,
  seek,
  seekLong,
} from './calls/descriptor-calls.js';
import { entryHandlers, pathAt, pathFrom } from './calls/entry-handlers.js';
import { type StatfsEncoder, statFileSystem, statFileSystemOf } from './calls/file-system-calls.js';
import { ioctlFile } from './calls/ioctl.js';
import { listDirectory } from './calls/list-directory.js';
import { readFile, transferVector, writeFile } from './calls/io-calls.js';
import { openPath } from './calls/open.js';
import {
  accessPath,
  readlinkPath,
  refusePath,
  type StatEncoder,
  statDescriptor,
  statPath,
} from './calls/path-calls.js';
import {
  changeDirectory,
  changeDirectoryTo,
  getWorkingDirectory,
} from './calls/working-directory.js';
import type { Host } from './host.js';
import { AT_FDCWD, AT_SYMLINK_NOFOLLOW } from './native/linux-constants.js';
import { compatSyscalls, syscalls } from './native/x86-64.js';
import { type Answer, CONTINUE, type NativeCall } from './native-call.js';
import {
  encodeCompatStatfs,
  encodeStat,
  encodeStat64,
  encodeStatfs,
  encodeStatfs64,
  encodeStatx,
} from './stat-layout.js';

/** Answers one kind of call. */
export type Handler = (host: Host, call: NativeCall) => Answer;

const PAGE = 4096;
const TWO_32 = 0x1_0000_0000;

/** 64-bit offset that a 32-bit program passes in two registers. */
const pair = (call: NativeCall, low: number): number => call.int(low + 1) * TWO_32 + call.uint(low);

/** User and group in two arguments. */
type OwnerReader = (call: NativeCall, index: number) => Owner;

const ownerAt: OwnerReader = (call, index) => ({ uid: call.int(index), gid: call.int(index + 1) });

/** The same in the oldest calls of 32-bit programs: 16 bits each. */
const shortOwnerAt: OwnerReader = (call, index) => ({
  uid: fromShort(call.uint(index)),
  gid: fromShort(call.uint(index + 1)),
});

/** All ones are −1 in any width. */
const fromShort = (id: number): number => ((id & 0xffff) === 0xffff ? -1 : id & 0xffff);

const chownBy =
  (owner: OwnerReader, flags: number): Handler =>
  (host, call) =>
    changeOwner(host, call, pathAt(call, 0), owner(call, 1), flags);

const fchownBy =
  (owner: OwnerReader): Handler =>
  (host, call) =>
    changeOwnerOf(host, call, owner(call, 1));

/** In two of the calls the size of the buffer stands before it. */
const statfsBy =
  (encode: StatfsEncoder, buffer = 1): Handler =>
  (host, call) =>
    statFileSystem(host, call, call.argument(buffer), encode);

const fstatfsBy =
  (encode: StatfsEncoder, buffer = 1): Handler =>
  (host, call) =>
    statFileSystemOf(host, call, call.argument(buffer), encode);

const statAt =
  (encode: StatEncoder): Handler =>
  (host, call) =>
    statPath(host, call, call.int(0), call.argument(1), call.int(3), call.argument(2), encode);

const statBy =
  (flags: number, encode: StatEncoder): Handler =>
  (host, call) =>
    statPath(host, call, AT_FDCWD, call.argument(0), flags, call.argument(1), encode);

/** Handlers whose arguments are the same in both ABIs. */
const shared: Readonly<Record<string, Handler>> = {
  open: (host, call) => openPath(host, call, AT_FDCWD, call.argument(0), call.int(1)),
  openat: (host, call) => openPath(host, call, call.int(0), call.argument(1), call.int(2)),
  openat2: (host, call) => {
    const how = new Uint8Array(8);
    if (!call.process.memory.read(call.argument(2), how)) return CONTINUE;
    const flags = new DataView(how.buffer).getUint32(0, true);
    return openPath(host, call, call.int(0), call.argument(1), flags);
  },
  creat: (host, call) =>
    openPath(host, call, AT_FDCWD, call.argument(0), O_CREAT | O_WRONLY | O_TRUNC),
  statx: (host, call) =>
    statPath(host, call, call.int(0), call.argument(1), call.int(2), call.argument(4), encodeStatx),
  access: (host, call) => accessPath(host, call, AT_FDCWD, call.argument(0), call.int(1)),
  faccessat: (host, call) => accessPath(host, call, call.int(0), call.argument(1), call.int(2)),
  faccessat2: (host, call) => accessPath(host, call, call.int(0), call.argument(1), call.int(2)),
  readlink: (host, call) =>
    readlinkPath(host, call, AT_FDCWD, call.argument(0), call.argument(1), call.int(2)),
  readlinkat: (host, call) =>
    readlinkPath(host, call, call.int(0), call.argument(1), call.argument(2), call.int(3)),
  getdents64: listDirectory,
  chdir: (host, call) => changeDirectory(host, call, call.argument(0)),
  fchdir: changeDirectoryTo,
  getcwd: getWorkingDirectory,
  ...Object.fromEntries(
    ['getxattr', 'lgetxattr', 'listxattr', 'llistxattr'].map((name) => [
      name,
      ((host, call) =>
        refusePath(host, call, AT_FDCWD, call.argument(0), Errno.EOPNOTSUPP)) satisfies Handler,
    ]),
  ),
  chmod: (host, call) => changeMode(host, call, pathAt(call, 0), call.int(1)),
  fchmodat: (host, call) => changeMode(host, call, pathFrom(call, 0), call.int(2)),
  fchmodat2: (host, call) => changeMode(host, call, pathFrom(call, 0), call.int(2), call.int(3)),
  fchownat: (host, call) =>
    changeOwner(host, call, pathFrom(call, 0), ownerAt(call, 2), call.int(4)),
  ...entryHandlers,
  truncate: (host, call) => refusePath(host, call, AT_FDCWD, call.argument(0), Errno.EINVAL),
  truncate64: (host, call) => refusePath(host, call, AT_FDCWD, call.argument(0), Errno.EINVAL),
  eventfd: (host, call) => createEventFd(host, call, 0),
  eventfd2: (host, call) => createEventFd(host, call, call.int(1)),
  execve: (host, call) => {
    host.processes.suspect(call.process);
    return CONTINUE;
  },
  execveat: (host, call) => {
    host.processes.suspect(call.process);
    return CONTINUE;
  },
  read: (host, call) => readFile(host, call, undefined),
  write: (host, call) => writeFile(host, call, undefined),
  readv: (host, call) => transferVector(host, call, false, undefined),
  writev: (host, call) => transferVector(host, call, true, undefined),
  close: closeDescriptor,
  close_range: closeRange,
  dup: (host, call) => duplicate(host, call, 0, false),
  dup2: duplicateTo,
  dup3: duplicateTo,
  fcntl: control,
  ioctl: ioctlFile,
  ...Object.fromEntries(
    ['ftruncate', 'fsync', 'fdatasync', 'fallocate'].map((name) => [
      name,
      ((host, call) => refuse(host, call, Errno.EINVAL)) satisfies Handler,
    ]),
  ),
  fchmod: (host, call) => changeModeOf(host, call, call.int(1)),
};

const native: Readonly<Record<string, Handler>> = {
  ...shared,
  stat: statBy(0, encodeStat),
  lstat: statBy(AT_SYMLINK_NOFOLLOW, encodeStat),
  newfstatat: statAt(encodeStat),
  fstat: (host, call) => statDescriptor(host, call, call.int(0), call.argument(1), encodeStat),
  pread64: (host, call) => readFile(host, call, call.argument(3)),
  pwrite64: (host, call) => writeFile(host, call, call.argument(3)),
  preadv: (host, call) => transferVector(host, call, false, call.argument(3)),
  pwritev: (host, call) => transferVector(host, call, true, call.argument(3)),
  preadv2: (host, call) => transferVector(host, call, false, positionOf(call.argument(3))),
  pwritev2: (host, call) => transferVector(host, call, true, positionOf(call.argument(3))),
  lseek: (host, call) => seek(host, call, call.argument(1), call.int(2)),
  statfs: statfsBy(encodeStatfs),
  fstatfs: fstatfsBy(encodeStatfs),
  chown: chownBy(ownerAt, 0),
  lchown: chownBy(ownerAt, AT_SYMLINK_NOFOLLOW),
  fchown: fchownBy(ownerAt),
  mmap: (host, call) => mapMemory(host, call, call.argument(5)),
};

/** An offset of −1 means the file's own position. */
function positionOf(offset: number): number | undefined {
  return offset === -1 ? undefined : offset;
}

const compat: Readonly<Record<string, Handler>> = {
  ...shared,
  stat64: statBy(0, encodeStat64),
  lstat64: statBy(AT_SYMLINK_NOFOLLOW, encodeStat64),
  fstatat64: statAt(encodeStat64),
  fstat64: (host, call) => statDescriptor(host, call, call.int(0), call.argument(1), encodeStat64),
  pread64: (host, call) => readFile(host, call, pair(call, 3)),
  pwrite64: (host, call) => writeFile(host, call, pair(call, 3)),
  preadv: (host, call) => transferVector(host, call, false, pair(call, 3)),
  pwritev: (host, call) => transferVector(host, call, true, pair(call, 3)),
  preadv2: (host, call) => transferVector(host, call, false, positionOf(pair(call, 3))),
  pwritev2: (host, call) => transferVector(host, call, true, positionOf(pair(call, 3))),
  statfs: statfsBy(encodeCompatStatfs),
  statfs64: statfsBy(encodeStatfs64, 2),
  fstatfs: fstatfsBy(encodeCompatStatfs),
  fstatfs64: fstatfsBy(encodeStatfs64, 2),
  chown: chownBy(shortOwnerAt, 0),
  lchown: chownBy(shortOwnerAt, AT_SYMLINK_NOFOLLOW),
  fchown: fchownBy(shortOwnerAt),
  chown32: chownBy(ownerAt, 0),
  lchown32: chownBy(ownerAt, AT_SYMLINK_NOFOLLOW),
  fchown32: fchownBy(ownerAt),
  fcntl64: control,
  ftruncate64: (host, call) => refuse(host, call, Errno.EINVAL),
  lseek: (host, call) => seek(host, call, call.int(1), call.int(2)),
  _llseek: seekLong,
  mmap2: (host, call) => mapMemory(host, call, call.uint(5) * PAGE),
};

/** Handlers by number, for programs of this architecture and for 32-bit ones. */
export const handlers = {
  native: byNumber(syscalls, native),
  compat: byNumber(compatSyscalls, compat),
};

function byNumber(
  numbers: Readonly<Record<string, number>>,
  byName: Readonly<Record<string, Handler>>,
): (Handler | undefined)[] {
  const table: (Handler | undefined)[] = [];
  for (const [name, handler] of Object.entries(byName)) {
    const number = numbers[name];
    if (number !== undefined) table[number] = handler;
  }
  return table;
}
