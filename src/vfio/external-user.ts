/**
 * External users: other parts of the kernel that work on behalf of a group's owner, as KVM does for
 * the guest that has its devices. They get the group by its file and keep it in its container, and so
 * its IOMMU mappings in force, even when the owner closes everything.
 */
import { kernelError } from '../kernel/error.js';
import type { File } from '../kernel/file.js';
import type { Task } from '../kernel/task.js';
import type { Container } from './container.js';
import type { Group } from './group.js';
import { GroupFile } from './group-file.js';

export class ExternalUser {
  readonly #group: Group;
  readonly #container: Container;

  /** Takes a reference to the group and counts as a user of its container, until `put`. */
  constructor(group: Group, container: Container) {
    this.#group = group.get();
    this.#container = container;
    group.useContainer();
  }

  /** The number of the IOMMU group (`vfio_external_user_iommu_id`). */
  get iommuId(): number {
    return this.#group.iommuGroup.id;
  }

  /** CHECK_EXTENSION on the group's container (`vfio_external_check_extension`). */
  checkExtension(task: Task, extension: number): number {
    return this.#container.checkExtension(task, extension);
  }

  /**
   * Ends the use (`vfio_group_put_external_user`). The container is left before the reference is
   * given back: the group must outlive its stay in the container.
   */
  put(): void {
    this.#group.leaveContainer();
    this.#group.put();
  }
}

/**
 * The group open in a file, for an external user (`vfio_group_get_external_user`).
 * @throws EINVAL when it is no group's file, or the group has no container, its container no IOMMU,
 *   or it is not viable
 */
export function externalUserOf(file: File): ExternalUser {
  const { operations } = file;
  if (!(operations instanceof GroupFile)) throw kernelError('EINVAL');
  const { group } = operations;
  const container = group.usableContainer;
  if (container === undefined) throw kernelError('EINVAL');
  return new ExternalUser(group, container);
}
