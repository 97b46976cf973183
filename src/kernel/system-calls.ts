/**
 * The system-call line: what a task asks of the kernel, with results as the ABI has them (≥ 0 or
 * −errno). Every way into a machine (in-process, native programs, vfio-user) calls these and nothing
 * below. Only here do errors become numbers.
 */
import {
  F_OK,
  O_ACCMODE,
  O_CLOEXEC,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_RDONLY,
  O_WRONLY,
  PAGE_SIZE,
} from '../uapi/file.js';
import { kernelError, resultOfError } from './error.js';
import {
  File,
  type FileOperations,
  type FilePosition,
  type MemoryArea,
  type SyscallResult,
} from './file.js';
import type { Inode } from './inode.js';
import { type Kernel, accessWanted } from './kernel.js';
import { checkPermission, walk } from './path-walk.js';
import { type Task, isInGroup } from './task.js';
import type { Owner, TreeNode } from './tree.js';

/** The most bytes one read or write moves (`MAX_RW_COUNT`). */
const MAXIMUM_COUNT = 0x7ffff000;

/** What `mmap` of a descriptor asks for. */
export interface MapRequest {
  readonly length: number;
  /** PROT_… bits. */
  readonly protection: number;
  readonly isShared: boolean;
  /** Bytes; a multiple of the page size. */
  readonly offset: number;
}

/** System calls on one kernel. */
export class SystemCalls {
  readonly #kernel: Kernel;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** `open(2)` of an absolute path. Returns a descriptor. */
  open(task: Task, path: string, flags: number): number {
    try {
      const fd = task.files.reserve((flags & O_CLOEXEC) !== 0);
      try {
        task.files.install(fd, this.openFile(task, path, flags));
        return fd;
      } catch (error) {
        task.files.unreserve(fd);
        throw error;
      }
    } catch (error) {
      return resultOfError(error);
    }
  }

  /** Opens a path without giving it a descriptor. @throws KernelError */
  openFile(task: Task, path: string, flags: number): File {
    return this.openNode(task, walk(this.#kernel.root, path, (flags & O_NOFOLLOW) === 0), flags);
  }

  /** Opens what a path walk found. @throws KernelError */
  openNode(task: Task, node: TreeNode, flags: number): File {
    this.#checkAlive();
    if (node.kind === 'link') throw kernelError('ELOOP');
    if ((flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL)) throw kernelError('EEXIST');
    const { inode } = node;
    if (node.kind === 'directory') {
      if ((flags & O_ACCMODE) !== O_RDONLY) throw kernelError('EISDIR');
      return new File(inode, directoryOperations, flags);
    }
    if ((flags & O_DIRECTORY) !== 0) throw kernelError('ENOTDIR');
    if (node.kind === 'device') return this.#kernel.openDeviceNode(task, node, flags);
    checkPermission(inode, task.credentials, accessWanted(flags));
    return new File(inode, node.source.open(task, flags), flags);
  }

  /** `read(2)`, `pread(2)` when `offset` is given. */
  read(task: Task, file: File, address: number, count: number, offset?: number): SyscallResult {
    try {
      this.#checkAlive();
      if ((file.flags & O_ACCMODE) === O_WRONLY) throw kernelError('EBADF');
      const read = file.operations.read;
      if (offset !== undefined && offset < 0) throw kernelError('EINVAL');
      if (read === undefined) throw kernelError('EINVAL');
      const position = { offset: offset ?? file.position.offset };
      const result = read.call(file.operations, task, address, clampCount(count), position);
      return finishTransfer(file, result, position, offset === undefined);
    } catch (error) {
      return resultOfError(error);
    }
  }

  /** `write(2)`, `pwrite(2)` when `offset` is given. */
  write(task: Task, file: File, address: number, count: number, offset?: number): SyscallResult {
    try {
      this.#checkAlive();
      if ((file.flags & O_ACCMODE) === O_RDONLY) throw kernelError('EBADF');
      const write = file.operations.write;
      if (offset !== undefined && offset < 0) throw kernelError('EINVAL');
      if (write === undefined) throw kernelError('EINVAL');
      const position = { offset: offset ?? file.position.offset };
      const result = write.call(file.operations, task, address, clampCount(count), position);
      return finishTransfer(file, result, position, offset === undefined);
    } catch (error) {
      return resultOfError(error);
    }
  }

  /** `ioctl(2)`. */
  ioctl(task: Task, file: File, command: number, argument: number): SyscallResult {
    try {
      this.#checkAlive();
      const { operations } = file;
      if (operations.ioctl === undefined) return resultOfError(kernelError('ENOTTY'));
      return settle(operations.ioctl(task, command, argument));
    } catch (error) {
      return resultOfError(error);
    }
  }

  /** `ioctl(2)` of a 32-bit program. */
  compatIoctl(task: Task, file: File, command: number, argument: number): SyscallResult {
    try {
      this.#checkAlive();
      const { operations } = file;
      if (operations.compatIoctl === undefined) return resultOfError(kernelError('ENOTTY'));
      return settle(operations.compatIoctl(task, command, argument));
    } catch (error) {
      return resultOfError(error);
    }
  }

  /** `mmap(2)` as far as the file decides: on success the area's `backing` may be set. */
  mmap(task: Task, file: File, request: MapRequest): number | MemoryArea {
    try {
      this.#checkAlive();
      if (request.length <= 0 || request.offset % PAGE_SIZE !== 0) throw kernelError('EINVAL');
      if ((file.flags & O_ACCMODE) === O_WRONLY) throw kernelError('EACCES');
      const area: MemoryArea = {
        length: request.length,
        pageOffset: request.offset / PAGE_SIZE,
        protection: request.protection,
        isShared: request.isShared,
      };
      const { operations } = file;
      if (operations.mmap === undefined) throw kernelError('ENODEV');
      const result = operations.mmap(task, area);
      return result < 0 ? result : area;
    } catch (error) {
      return resultOfError(error);
    }
  }

  /** `stat(2)`, `lstat(2)` without following: the inode, or −errno. */
  stat(path: string, followLast: boolean): Inode | number {
    try {
      return walk(this.#kernel.root, path, followLast).inode;
    } catch (error) {
      return resultOfError(error);
    }
  }

  /** `access(2)` with R_OK, W_OK, X_OK combined, or F_OK. */
  access(task: Task, path: string, wanted: number): number {
    try {
      const { inode } = walk(this.#kernel.root, path, true);
      if (wanted !== F_OK) checkPermission(inode, task.credentials, wanted);
      return 0;
    } catch (error) {
      return resultOfError(error);
    }
  }

  /** `readlink(2)`: the target, or −errno (EINVAL for what is no link). */
  readlink(path: string): string | number {
    try {
      const node = walk(this.#kernel.root, path, false);
      if (node.kind !== 'link') throw kernelError('EINVAL');
      return node.target;
    } catch (error) {
      return resultOfError(error);
    }
  }

  /** `chmod(2)`. */
  chmod(task: Task, path: string, mode: number): number {
    try {
      const node = walk(this.#kernel.root, path, true);
      const { uid, dacOverride } = task.credentials;
      if (uid !== node.owner.uid && !dacOverride) throw kernelError('EPERM');
      node.setPermissions(mode & 0o7777);
      return 0;
    } catch (error) {
      return resultOfError(error);
    }
  }

  /** `chown(2)`, `lchown(2)` without following; −1 leaves user or group as it is. */
  chown(task: Task, path: string, owner: Owner, followLast: boolean): number {
    try {
      const node = walk(this.#kernel.root, path, followLast);
      const { uid, dacOverride } = task.credentials;
      const changed = {
        uid: owner.uid === -1 ? node.owner.uid : owner.uid,
        gid: owner.gid === -1 ? node.owner.gid : owner.gid,
      };
      // Owners can't give away what they have, but share it with a group of theirs.
      const isOwn = uid === node.owner.uid && changed.uid === uid;
      const isTheirs = changed.gid === node.owner.gid || isInGroup(task.credentials, changed.gid);
      if (!(isOwn && isTheirs) && !dacOverride) throw kernelError('EPERM');
      node.setOwner(changed);
      return 0;
    } catch (error) {
      return resultOfError(error);
    }
  }

  /** The names in a directory, or −errno. */
  readdir(path: string): string[] | number {
    try {
      const node = walk(this.#kernel.root, path, true);
      if (node.kind !== 'directory') throw kernelError('ENOTDIR');
      return [...node.children.keys()];
    } catch (error) {
      return resultOfError(error);
    }
  }

  /** After a BUG the machine has stopped: nothing answers any more. */
  #checkAlive(): void {
    if (this.#kernel.log.bug !== undefined) throw kernelError('EIO');
  }
}

const directoryOperations: FileOperations = {
  read: () => {
    throw kernelError('EISDIR');
  },
  isSeekable: true,
};

function clampCount(count: number): number {
  // A register with the top bit set is a negative ssize_t.
  if (count < 0) throw kernelError('EINVAL');
  return Math.min(count, MAXIMUM_COUNT);
}

function finishTransfer(
  file: File,
  result: SyscallResult,
  position: FilePosition,
  storePosition: boolean,
): SyscallResult {
  if (typeof result !== 'number') {
    return result.then(
      (value) => finishTransfer(file, value, position, storePosition),
      (error: unknown) => resultOfError(error),
    );
  }
  if (storePosition && result >= 0) file.position.offset = position.offset;
  return result;
}

function settle(result: SyscallResult): SyscallResult {
  return typeof result === 'number'
    ? result
    : result.catch((error: unknown) => resultOfError(error));
}
