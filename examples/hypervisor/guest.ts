// A guest: one opening of /dev/hypervisor. It has VFIO groups, as a guest of KVM's does, and keeps them
// until they are taken away from it or nobody has it open any more.

import {
  type ExternalUser,
  type FileOperations,
  type Machine,
  type Task,
  kernelError,
} from 'uvfio';
import { VFIO_DMA_CC_IOMMU } from 'uvfio/uapi';
import {
  HYPERVISOR_ADD_GROUP,
  HYPERVISOR_IS_COHERENT,
  HYPERVISOR_REMOVE_GROUP,
} from './requests.js';

export class Guest implements FileOperations {
  readonly #vfio: Machine['vfio'];
  /** By the number of the IOMMU group. */
  readonly #groups = new Map<number, ExternalUser>();

  constructor(vfio: Machine['vfio']) {
    this.#vfio = vfio;
  }

  ioctl(task: Task, command: number, argument: number): number {
    switch (command) {
      case HYPERVISOR_ADD_GROUP:
        return this.#addGroup(task, argument);
      case HYPERVISOR_REMOVE_GROUP:
        return this.#removeGroup(argument);
      case HYPERVISOR_IS_COHERENT:
        return this.#isCoherent(task) ? 1 : 0;
      default:
        throw kernelError('ENOTTY');
    }
  }

  /** The last descriptor of the guest has gone, maybe because the process was killed. */
  release(): void {
    for (const group of this.#groups.values()) group.put();
    this.#groups.clear();
  }

  /** @throws EFAULT, EBADF, EEXIST; EINVAL when it is no group, or not one that is ready for use */
  #addGroup(task: Task, address: number): number {
    const word = new DataView(new ArrayBuffer(4));
    if (!task.memory.read(address, new Uint8Array(word.buffer))) throw kernelError('EFAULT');
    const file = task.files.get(word.getInt32(0, true));
    if (file === undefined) throw kernelError('EBADF');
    const group = this.#vfio.externalUser(file);
    const { iommuId } = group;
    if (this.#groups.has(iommuId)) {
      group.put();
      throw kernelError('EEXIST');
    }
    this.#groups.set(iommuId, group);
    return iommuId;
  }

  #removeGroup(iommuId: number): number {
    const group = this.#groups.get(iommuId);
    if (group === undefined) throw kernelError('ENOENT');
    this.#groups.delete(iommuId);
    group.put();
    return 0;
  }

  #isCoherent(task: Task): boolean {
    const groups = [...this.#groups.values()];
    return groups.every((group) => group.checkExtension(task, VFIO_DMA_CC_IOMMU) > 0);
  }
}
