/** Calls on open files, as the system-call line makes them once whoever watches has been told. */
import {
  O_ACCMODE,
  O_RDONLY,
  O_WRONLY,
  PAGE_SIZE,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
} from '../uapi/file.js';
import type { SystemCall } from './diagnostics.js';
import { kernelError, resultOfError } from './error.js';
import type { File, FilePosition, MemoryArea, SyscallResult } from './file.js';
import type { Kernel } from './kernel.js';
import type { MapRequest } from './map-request.js';
import type { Task } from './task.js';

/** A call on an open file that may sleep, as whoever watches is told of it. */
export type FileCall = Extract<SystemCall, { readonly name: 'read' | 'write' | 'ioctl' }>;

/** Makes a call that is described. */
export function makeFileCall(kernel: Kernel, call: FileCall): SyscallResult {
  const { task, file } = call;
  if (call.name === 'ioctl') {
    const { command, argument, isCompat } = call;
    const ioctl = isCompat ? compatIoctlFile : ioctlFile;
    return ioctl(kernel, task, file, command, argument);
  }
  const transfer = call.name === 'read' ? readFile : writeFile;
  return transfer(kernel, task, file, call.address, call.count, call.offset);
}

/** The most bytes one read or write moves (`MAX_RW_COUNT`). */
const MAXIMUM_COUNT = 0x7ffff000;

/** `read(2)`, `pread(2)` when `offset` is given. */
export function readFile(
  kernel: Kernel,
  task: Task,
  file: File,
  address: number,
  count: number,
  offset?: number,
): SyscallResult {
  try {
    checkAlive(kernel);
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
export function writeFile(
  kernel: Kernel,
  task: Task,
  file: File,
  address: number,
  count: number,
  offset?: number,
): SyscallResult {
  try {
    checkAlive(kernel);
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
export function ioctlFile(
  kernel: Kernel,
  task: Task,
  file: File,
  command: number,
  argument: number,
): SyscallResult {
  try {
    checkAlive(kernel);
    const { operations } = file;
    if (operations.ioctl === undefined) return resultOfError(kernelError('ENOTTY'));
    return settle(operations.ioctl(task, command, argument));
  } catch (error) {
    return resultOfError(error);
  }
}

/** `ioctl(2)` of a 32-bit program. */
export function compatIoctlFile(
  kernel: Kernel,
  task: Task,
  file: File,
  command: number,
  argument: number,
): SyscallResult {
  try {
    checkAlive(kernel);
    const { operations } = file;
    if (operations.compatIoctl === undefined) return resultOfError(kernelError('ENOTTY'));
    return settle(operations.compatIoctl(task, command, argument));
  } catch (error) {
    return resultOfError(error);
  }
}

/** `mmap(2)` as far as the file decides: on success the area's `backing` may be set. */
export function mapFile(
  kernel: Kernel,
  task: Task,
  file: File,
  request: MapRequest,
): number | MemoryArea {
  try {
    checkAlive(kernel);
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

/** After a BUG the machine has stopped: nothing answers any more. @throws EIO */
export function checkAlive(kernel: Kernel): void {
  if (kernel.log.bug !== undefined) throw kernelError('EIO');
}

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

/**
 * `lseek(2)`: moves the position of a file that has one.
 * @throws ESPIPE for one that has none, EINVAL for another `whence` or a place before the beginning
 */
export function seekFile(file: File, offset: number, whence: number): number {
  if (file.operations.isSeekable !== true) throw kernelError('ESPIPE');
  const bases = new Map([
    [SEEK_SET, 0],
    [SEEK_CUR, file.position.offset],
    [SEEK_END, file.inode.size],
  ]);
  const base = bases.get(whence);
  if (base === undefined || base + offset < 0) throw kernelError('EINVAL');
  file.position.offset = base + offset;
  return file.position.offset;
}
