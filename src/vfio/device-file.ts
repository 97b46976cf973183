/** The open file of a device, made by GROUP_GET_DEVICE_FD. All it does is the bus driver's. */
import { kernelError } from '../kernel/error.js';
import type { FileOperations, FilePosition, MemoryArea, SyscallResult } from '../kernel/file.js';
import type { MemoryObject } from '../kernel/memory-object.js';
import type { Task } from '../kernel/task.js';
import { compatArgument } from './compat.js';
import type { VfioDevice } from './device.js';

export class DeviceFile implements FileOperations {
  readonly device: VfioDevice;

  /** @param device the file takes over a reference to it, and one use of its group's container */
  constructor(device: VfioDevice) {
    this.device = device;
  }

  get memory(): MemoryObject | undefined {
    return this.device.ops.memory?.(this.device.data);
  }

  ioctl(task: Task, command: number, argument: number): SyscallResult {
    const { ops, data } = this.device;
    if (ops.ioctl === undefined) throw kernelError('EINVAL');
    return ops.ioctl(data, task, command, argument);
  }

  compatIoctl(task: Task, command: number, argument: number): SyscallResult {
    return this.ioctl(task, command, compatArgument(argument));
  }

  read(task: Task, address: number, count: number, position: FilePosition): SyscallResult {
    const { ops, data } = this.device;
    if (ops.read === undefined) throw kernelError('EINVAL');
    return ops.read(data, task, address, count, position);
  }

  write(task: Task, address: number, count: number, position: FilePosition): SyscallResult {
    const { ops, data } = this.device;
    if (ops.write === undefined) throw kernelError('EINVAL');
    return ops.write(data, task, address, count, position);
  }

  mmap(task: Task, area: MemoryArea): number {
    const { ops, data } = this.device;
    if (ops.mmap === undefined) throw kernelError('EINVAL');
    return ops.mmap(data, task, area);
  }

  /** The bus driver first, while the IOMMU still translates; the device's own reference last. */
  release(): void {
    const { device } = this;
    device.ops.release?.(device.data);
    device.group.leaveContainer();
    device.put();
  }
}
