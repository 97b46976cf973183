/**
 * What an IOMMU driver gives the core (`struct vfio_iommu_driver_ops`): the part of a container that
 * knows how to translate DMA. The core chooses one by asking for extensions, opens it when the
 * container's user picks an IOMMU, and from then on hands it every command it does not know itself.
 */
import type { IommuGroup } from '../iommu/iommu-group.js';
import type { FilePosition, MemoryArea, SyscallResult } from '../kernel/file.js';
import type { Module } from '../kernel/module.js';
import type { Task } from '../kernel/task.js';

/**
 * An IOMMU driver. `Data` is what it keeps for one container. A negative number returned and a
 * KernelError thrown mean the same.
 */
export interface VfioIommuDriver<Data = unknown> {
  readonly name: string;
  /** The module that a container holds a reference to while it uses the driver. */
  readonly owner?: Module;
  /**
   * Begins to serve a container.
   * @param argument the extension that SET_IOMMU asked for
   * @throws KernelError to refuse; SET_IOMMU then fails with it
   */
  open(argument: number): Data;
  /**
   * Whether it is a driver for a group at all; asked before anything else. Containers take groups of one
   * kind, so that one answer goes for all in them. Default: for those that an IOMMU is behind.
   */
  serves?(iommuGroup: IommuGroup): boolean;
  /** Ends what `open` began. No group is attached any more. */
  release(data: Data): void;
  /**
   * A command on the container that is not the core's, and CHECK_EXTENSION: above 0 means supported.
   * @param data undefined when asked for an extension without serving the container
   */
  ioctl(data: Data | undefined, task: Task, command: number, argument: number): number;
  /**
   * Takes charge of the DMA of a group's devices.
   * @returns 0; anything else refuses, and is the result of SET_CONTAINER or SET_IOMMU
   */
  attachGroup(data: Data, iommuGroup: IommuGroup): number;
  /** Gives up a group that was attached. */
  detachGroup(data: Data, iommuGroup: IommuGroup): void;
  /** `read` of the container's file. */
  read?(
    data: Data,
    task: Task,
    address: number,
    count: number,
    position: FilePosition,
  ): SyscallResult;
  /** `write` of the container's file. */
  write?(
    data: Data,
    task: Task,
    address: number,
    count: number,
    position: FilePosition,
  ): SyscallResult;
  /** `mmap` of the container's file. */
  mmap?(data: Data, task: Task, area: MemoryArea): number;
}
