/** The open file of a group: `/dev/vfio/N`. Who may open it may use the group's devices. */
import { kernelError } from '../kernel/error.js';
import type { FileOperations } from '../kernel/file.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Module } from '../kernel/module.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser, copyStringFromUser, copyToUser, getUserInt } from '../kernel/user-memory.js';
import { PAGE_SIZE } from '../uapi/file.js';
import {
  GroupStatus,
  VFIO_GROUP_FLAGS_CONTAINER_SET,
  VFIO_GROUP_FLAGS_VIABLE,
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_GET_STATUS,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_GROUP_UNSET_CONTAINER,
} from '../uapi/vfio.js';
import { compatArgument } from './compat.js';
import { ContainerFile } from './container-file.js';
import { getDeviceFd } from './get-device-fd.js';
import type { Group } from './group.js';
import { checkRawAccess } from './raw-access.js';
import { isGroupViable } from './viability.js';

export class GroupFile implements FileOperations {
  readonly group: Group;
  readonly #kernel: Kernel;
  readonly #module: Module;

  /** @param group has been opened for this file */
  constructor(kernel: Kernel, module: Module, group: Group) {
    this.#kernel = kernel;
    this.#module = module;
    this.group = group;
  }

  ioctl(task: Task, command: number, argument: number): number {
    switch (command) {
      case VFIO_GROUP_GET_STATUS:
        return this.#getStatus(task, argument);
      case VFIO_GROUP_SET_CONTAINER:
        return this.#setContainer(task, argument);
      case VFIO_GROUP_UNSET_CONTAINER:
        this.group.unsetContainer();
        return 0;
      case VFIO_GROUP_GET_DEVICE_FD:
        return this.#getDeviceFd(task, argument);
      default:
        throw kernelError('ENOTTY');
    }
  }

  compatIoctl(task: Task, command: number, argument: number): number {
    return this.ioctl(task, command, compatArgument(argument));
  }

  release(): void {
    this.group.close();
  }

  /** GROUP_GET_STATUS. `argument` points to a `struct vfio_group_status`. @throws EFAULT, EINVAL */
  #getStatus(task: Task, argument: number): number {
    copyFromUser(this.#kernel, task, argument, statusBytes);
    if (status.getUint32(GroupStatus.offsets.argsz, true) < GroupStatus.size) {
      throw kernelError('EINVAL');
    }
    let flags = isGroupViable(this.group) ? VFIO_GROUP_FLAGS_VIABLE : 0;
    if (this.group.container !== undefined) flags |= VFIO_GROUP_FLAGS_CONTAINER_SET;
    status.setUint32(GroupStatus.offsets.flags, flags, true);
    copyToUser(this.#kernel, task, argument, statusBytes);
    return 0;
  }

  /**
   * GROUP_SET_CONTAINER. `argument` points to the container's descriptor.
   * @throws EFAULT; EINVAL for a negative descriptor, a group in a container, or a file that is no
   *   container; EBADF; EPERM where the group is not behind an IOMMU, and others in the container are, or
   *   the task may not use such groups
   */
  #setContainer(task: Task, argument: number): number {
    const fd = getUserInt(this.#kernel, task, argument);
    if (fd < 0 || this.group.container !== undefined) throw kernelError('EINVAL');
    const file = task.files.get(fd);
    if (file === undefined) throw kernelError('EBADF');
    const { operations } = file;
    const container = operations instanceof ContainerFile ? operations.container : undefined;
    if (container === undefined) throw kernelError('EINVAL');
    checkRawAccess(this.#kernel, this.group, task);
    return this.group.setContainer(container);
  }

  /** GROUP_GET_DEVICE_FD. `argument` points to the device's name. */
  #getDeviceFd(task: Task, argument: number): number {
    const name = copyStringFromUser(this.#kernel, task, argument, PAGE_SIZE);
    return getDeviceFd(this.#kernel, this.#module, this.group, task, name);
  }
}

/** Where a call has its copy of the user's struct; no call sleeps between copying in and out. */
const status = GroupStatus.create();
const statusBytes = new Uint8Array(status.buffer);
