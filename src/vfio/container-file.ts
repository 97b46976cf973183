/** The open file of a container: `/dev/vfio/vfio`. What the core does not know goes to the IOMMU driver. */
import { kernelError } from '../kernel/error.js';
import type { FileOperations, FilePosition, MemoryArea, SyscallResult } from '../kernel/file.js';
import type { Task } from '../kernel/task.js';
import {
  VFIO_API_VERSION,
  VFIO_CHECK_EXTENSION,
  VFIO_GET_API_VERSION,
  VFIO_SET_IOMMU,
} from '../uapi/vfio.js';
import type { Container } from './container.js';
import { compatArgument } from './compat.js';

export class ContainerFile implements FileOperations {
  #container: Container | undefined;

  constructor(container: Container) {
    this.#container = container;
  }

  /** The container, until the file is released. */
  get container(): Container | undefined {
    return this.#container;
  }

  ioctl(task: Task, command: number, argument: number): number {
    const container = opened(this.#container);
    switch (command) {
      case VFIO_GET_API_VERSION:
        return VFIO_API_VERSION;
      case VFIO_CHECK_EXTENSION:
        return container.checkExtension(task, argument);
      case VFIO_SET_IOMMU:
        return container.setIommu(task, argument);
    }
    const driver = container.iommuDriver;
    if (driver === undefined) throw kernelError('EINVAL');
    return driver.ioctl(container.iommuData, task, command, argument);
  }

  compatIoctl(task: Task, command: number, argument: number): number {
    return this.ioctl(task, command, compatArgument(argument));
  }

  read(task: Task, address: number, count: number, position: FilePosition): SyscallResult {
    const { iommuDriver: driver, iommuData } = opened(this.#container);
    if (driver?.read === undefined) throw kernelError('EINVAL');
    return driver.read(iommuData, task, address, count, position);
  }

  write(task: Task, address: number, count: number, position: FilePosition): SyscallResult {
    const { iommuDriver: driver, iommuData } = opened(this.#container);
    if (driver?.write === undefined) throw kernelError('EINVAL');
    return driver.write(iommuData, task, address, count, position);
  }

  mmap(task: Task, area: MemoryArea): number {
    const { iommuDriver: driver, iommuData } = opened(this.#container);
    if (driver?.mmap === undefined) throw kernelError('EINVAL');
    return driver.mmap(iommuData, task, area);
  }

  /** The container stays for the groups that are still in it. */
  release(): void {
    this.#container = undefined;
  }
}

/** @throws EINVAL for a file that has been released */
function opened(container: Container | undefined): Container {
  if (container === undefined) throw kernelError('EINVAL');
  return container;
}
