/**
 * What a bus driver gives the core with each device (`struct vfio_device_ops`): what the device's
 * file does. The core adds nothing to reads, writes and commands; it decides who may get the file.
 */
import type { FilePosition, MemoryArea, SyscallResult } from '../kernel/file.js';
import type { MemoryObject } from '../kernel/memory-object.js';
import type { Task } from '../kernel/task.js';

/**
 * Callbacks of a bus driver, all optional. `Data` is what it handed over with the device. A negative
 * number returned and a KernelError thrown mean the same.
 */
export interface VfioDeviceOps<Data = unknown> {
  readonly name: string;
  /**
   * GROUP_GET_DEVICE_FD is about to make a file; called for each one.
   * @returns 0; anything else refuses, and is the result of GROUP_GET_DEVICE_FD, even if positive
   */
  open?(data: Data, task: Task): number;
  /** The last reference to a file has gone, or it could not be made after `open`. */
  release?(data: Data): void;
  read?(
    data: Data,
    task: Task,
    address: number,
    count: number,
    position: FilePosition,
  ): SyscallResult;
  write?(
    data: Data,
    task: Task,
    address: number,
    count: number,
    position: FilePosition,
  ): SyscallResult;
  ioctl?(data: Data, task: Task, command: number, argument: number): SyscallResult;
  mmap?(data: Data, task: Task, area: MemoryArea): number;
  /**
   * The device is being removed while in use: get the user to let go of it.
   * @param count how many times this removal has asked before
   */
  request?(data: Data, count: number): void;
  /** The memory behind `mmap`, at the file's offsets, where native programs can map it. */
  memory?(data: Data): MemoryObject | undefined;
}
