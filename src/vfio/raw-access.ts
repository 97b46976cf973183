/**
 * Who may use groups that no IOMMU is behind: their devices reach all memory there is, so whoever uses
 * them can do what the kernel can.
 */
import { kernelError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Task } from '../kernel/task.js';
import type { Group } from './group.js';

/**
 * Asks for CAP_SYS_RAWIO where a group is not behind an IOMMU. The owner of the machine, who stands for
 * root in it, has it.
 * @throws EPERM
 */
export function checkRawAccess(kernel: Kernel, { iommuGroup }: Group, task: Task): void {
  if (iommuGroup.isTranslated) return;
  const { sysAdmin, uid } = task.credentials;
  if (!sysAdmin && uid !== kernel.root.owner.uid) throw kernelError('EPERM');
}
