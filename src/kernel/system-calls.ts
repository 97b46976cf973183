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
  O_RDONLY,
} from '../uapi/file.js';
import { kernelError, kernelErrorOf, resultOfError } from './error.js';
import type { Diagnostics, SystemCall } from './diagnostics.js';
import { File, type FileOperations, type MemoryArea, type SyscallResult } from './file.js';
import {
  checkAlive,
  compatIoctlFile,
  type FileCall,
  ioctlFile,
  makeFileCall,
  mapFile,
  readFile,
  seekFile,
  writeFile,
} from './file-calls.js';
import type { Inode } from './inode.js';
import { type Kernel, accessWanted } from './kernel.js';
import type { MapRequest } from './map-request.js';
import { checkPermission, walk, walkToOpen } from './path-walk.js';
import { type Task, isInGroup } from './task.js';
import type { Owner, TreeNode } from './tree.js';

/** System calls on one kernel. */
export class SystemCalls {
  readonly #kernel: Kernel;
  readonly #diagnostics: Diagnostics;
  readonly #pause: (ms: number) => void | Promise<void>;

  /** @param pause lets machine time pass before a call that is delayed by a fault; default: by sleeping */
  constructor(kernel: Kernel, pause?: (ms: number) => void | Promise<void>) {
    this.#kernel = kernel;
    this.#diagnostics = kernel.diagnostics;
    const sleep = (ms: number) =>
      new Promise<void>((resolve) => {
        kernel.timers.set(ms, resolve);
      });
    this.#pause = pause ?? sleep;
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
    return this.openNode(task, walkToOpen(this.#kernel.root, path, flags), flags);
  }

  /** Opens what a path walk found. @throws KernelError */
  openNode(task: Task, node: TreeNode, flags: number): File {
    if (!isObserved(this.#kernel)) return this.#openNode(task, node, flags);
    const call: SystemCall = { name: 'open', task, path: node.path, flags };
    this.#diagnostics.systemCallEnter.publish?.(call);
    try {
      const errno = this.#kernel.faults.injector?.call(call)?.errno;
      if (errno !== undefined) throw kernelErrorOf(errno);
      const file = this.#openNode(task, node, flags);
      this.#diagnostics.systemCallExit.publish?.({ call, result: 0, file });
      return file;
    } catch (error) {
      this.#diagnostics.systemCallExit.publish?.({ call, result: resultOfError(error) });
      throw error;
    }
  }

  #openNode(task: Task, node: TreeNode, flags: number): File {
    checkAlive(this.#kernel);
    if (node.kind === 'link') throw kernelError('ELOOP');
    if ((flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL)) throw kernelError('EEXIST');
    const { inode } = node;
    if (node.kind === 'directory') {
      if ((flags & O_ACCMODE) !== O_RDONLY) throw kernelError('EISDIR');
      return this.#kernel.opened(new File(inode, directoryOperations, flags));
    }
    if ((flags & O_DIRECTORY) !== 0) throw kernelError('ENOTDIR');
    if (node.kind === 'device') return this.#kernel.openDeviceNode(task, node, flags);
    checkPermission(inode, task.credentials, accessWanted(flags));
    return this.#kernel.opened(new File(inode, node.source.open(task, flags), flags));
  }

  /** A program's reference to a file goes: its last descriptor or mapping of one opening. */
  close(file: File): void {
    if (!isObserved(this.#kernel)) {
      file.put();
      return;
    }
    const call: SystemCall = { name: 'close', file };
    this.#diagnostics.systemCallEnter.publish?.(call);
    file.put();
    this.#diagnostics.systemCallExit.publish?.({ call, result: 0 });
  }

  /** `read(2)`, `pread(2)` when `offset` is given. */
  read(task: Task, file: File, address: number, count: number, offset?: number): SyscallResult {
    if (!isObserved(this.#kernel))
      return readFile(this.#kernel, task, file, address, count, offset);
    return this.#observe({ name: 'read', task, file, address, count, offset });
  }

  /** `write(2)`, `pwrite(2)` when `offset` is given. */
  write(task: Task, file: File, address: number, count: number, offset?: number): SyscallResult {
    if (!isObserved(this.#kernel))
      return writeFile(this.#kernel, task, file, address, count, offset);
    return this.#observe({ name: 'write', task, file, address, count, offset });
  }

  /** `ioctl(2)`. */
  ioctl(task: Task, file: File, command: number, argument: number): SyscallResult {
    if (!isObserved(this.#kernel)) return ioctlFile(this.#kernel, task, file, command, argument);
    return this.#observe({ name: 'ioctl', task, file, command, argument, isCompat: false });
  }

  /** `ioctl(2)` of a 32-bit program. */
  compatIoctl(task: Task, file: File, command: number, argument: number): SyscallResult {
    if (!isObserved(this.#kernel))
      return compatIoctlFile(this.#kernel, task, file, command, argument);
    return this.#observe({ name: 'ioctl', task, file, command, argument, isCompat: true });
  }

  /** `mmap(2)` as far as the file decides: on success the area's `backing` may be set. */
  mmap(task: Task, file: File, request: MapRequest): number | MemoryArea {
    if (!isObserved(this.#kernel)) return mapFile(this.#kernel, task, file, request);
    const call: SystemCall = { name: 'mmap', task, file, request };
    this.#diagnostics.systemCallEnter.publish?.(call);
    const errno = this.#kernel.faults.injector?.call(call)?.errno;
    const area = errno === undefined ? mapFile(this.#kernel, task, file, request) : -errno;
    const end = typeof area === 'number' ? { call, result: area } : { call, result: 0, area };
    this.#diagnostics.systemCallExit.publish?.(end);
    return area;
  }

  /** `lseek(2)`: the new position, in bytes. */
  seek(file: File, offset: number, whence: number): number {
    return this.#observeImmediate({ name: 'lseek', file, offset, whence }, () =>
      seekFile(file, offset, whence),
    );
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
    return this.#observeImmediate({ name: 'chmod', task, path, mode }, () => {
      const node = walk(this.#kernel.root, path, true);
      const { uid, dacOverride } = task.credentials;
      if (uid !== node.owner.uid && !dacOverride) throw kernelError('EPERM');
      node.setPermissions(mode & 0o7777);
      return 0;
    });
  }

  /** `chown(2)`, `lchown(2)` without following; −1 leaves user or group as it is. */
  chown(task: Task, path: string, owner: Owner, followLast: boolean): number {
    return this.#observeImmediate({ name: 'chown', task, path, owner, followLast }, () => {
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
    });
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

  /** Runs a call that never sleeps, with those told who want to know. */
  #observeImmediate(call: SystemCall, run: () => number): number {
    const { systemCallEnter, systemCallExit } = this.#diagnostics;
    systemCallEnter.publish?.(call);
    const result = resultOf(run);
    systemCallExit.publish?.({ call, result });
    return result;
  }

  /**
   * Makes a call with those told who want to know. It is the one to make closures: in its callers,
   * calls that nobody watches would pay for them as well.
   */
  #observe(call: FileCall): SyscallResult {
    const { systemCallEnter, systemCallExit } = this.#diagnostics;
    systemCallEnter.publish?.(call);
    const result = this.#withFaults(call, () => makeFileCall(this.#kernel, call));
    if (typeof result === 'number') {
      systemCallExit.publish?.({ call, result });
      return result;
    }
    return result.then((value) => {
      systemCallExit.publish?.({ call, result: value });
      return value;
    });
  }

  /** Runs a call as the faults of the machine have it: not at all, later, or at once. */
  #withFaults(call: SystemCall, run: () => SyscallResult): SyscallResult {
    const fault = this.#kernel.faults.injector?.call(call);
    if (fault?.errno !== undefined) return -fault.errno;
    const pause = fault?.delayMs === undefined ? undefined : this.#pause(fault.delayMs);
    return pause === undefined ? run() : pause.then(run);
  }
}

function resultOf(run: () => number): number {
  try {
    return run();
  } catch (error) {
    return resultOfError(error);
  }
}

/**
 * Whether anybody wants to know of system calls, or to make some fail. No private getter: every call
 * asks, and engines check on each use of one that it belongs to the object.
 */
function isObserved({ diagnostics, faults }: Kernel): boolean {
  return diagnostics.systemCallExit.publish !== undefined || faults.injector !== undefined;
}

const directoryOperations: FileOperations = {
  read: () => {
    throw kernelError('EISDIR');
  },
  isSeekable: true,
};
