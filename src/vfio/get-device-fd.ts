/** GROUP_GET_DEVICE_FD: from a device's name to a descriptor of its file. */
import { openAnonymousFile } from '../kernel/anonymous-file.js';
import { kernelError } from '../kernel/error.js';
import { anonymousInode } from '../kernel/inode.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Module } from '../kernel/module.js';
import type { Task } from '../kernel/task.js';
import type { VfioDevice } from './device.js';
import { DeviceFile } from './device-file.js';
import type { Group } from './group.js';
import { checkRawAccess } from './raw-access.js';

const inode = anonymousInode('[vfio-device]');

/**
 * Opens the newest device of a name and gives the task a descriptor for it, closed on exec.
 * @param module the one that serves the file: each open file holds a reference to it
 * @returns the descriptor; or what the device's `open` answered if not 0, even a positive number
 * @throws EINVAL when the group has no container, its container no IOMMU, or it is not viable;
 *   EPERM (`raw-access.ts`); ENODEV; EMFILE; ENFILE; what the device's `open` throws
 */
export function getDeviceFd(
  kernel: Kernel,
  module: Module,
  group: Group,
  task: Task,
  name: string,
): number {
  if (group.usableContainer === undefined) throw kernelError('EINVAL');
  checkRawAccess(kernel, group, task);
  const device = group.devices.named(name)?.get();
  if (device === undefined) throw kernelError('ENODEV');
  let refusal: number;
  try {
    refusal = device.ops.open?.(device.data, task) ?? 0;
  } catch (error) {
    device.put();
    throw error;
  }
  if (refusal !== 0) {
    device.put();
    return refusal;
  }
  try {
    const fd = installFile(kernel, module, device, task);
    if (!group.iommuGroup.isTranslated) warnOfOpening(kernel, device, task);
    return fd;
  } catch (error) {
    device.ops.release?.(device.data);
    device.put();
    throw error;
  }
}

/** Makes the file of an opened device, which takes over the caller's reference to it. */
function installFile(kernel: Kernel, module: Module, device: VfioDevice, task: Task): number {
  kernel.faults.check('get_unused_fd_flags', 'EMFILE');
  const fd = task.files.reserve(true);
  try {
    const file = openAnonymousFile(kernel, inode, new DeviceFile(device), module);
    device.group.useContainer();
    task.files.install(fd, file);
    return fd;
  } catch (error) {
    task.files.unreserve(fd);
    throw error;
  }
}

/** The log says who may have written to memory by such a device. */
function warnOfOpening(kernel: Kernel, { device }: VfioDevice, { comm, pid }: Task): void {
  kernel.log.deviceWarning(device, `vfio-noiommu device opened by user (${comm}:${pid})`);
}
