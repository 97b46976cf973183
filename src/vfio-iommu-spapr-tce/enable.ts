/** VFIO_IOMMU_ENABLE and VFIO_IOMMU_DISABLE (v1): lock as much memory as the window can map. */
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { PAGE_SIZE } from '../uapi/file.js';
import { lockPages } from './locked-memory.js';
import type { TceContainer } from './tce-container.js';

/**
 * @throws EBUSY when it is enabled; ENODEV without a group; EPERM for other memory, or without a
 *   window; ENOMEM over RLIMIT_MEMLOCK
 */
export function enable(container: TceContainer, task: Task): number {
  if (container.isEnabled) throw kernelError('EBUSY');
  if (container.groups.size === 0) throw kernelError('ENODEV');
  const { dma32WindowSize } = container.hardware;
  if (dma32WindowSize === 0) throw kernelError('EPERM');
  container.claim(task);
  const pages = dma32WindowSize / PAGE_SIZE;
  lockPages(task, pages);
  container.enabledPages = pages;
  container.isEnabled = true;
  return 0;
}

/** What is mapped stays mapped. */
export function disable(container: TceContainer): number {
  container.isEnabled = false;
  if (container.memory !== undefined) container.memory.lockedPages -= container.enabledPages;
  container.enabledPages = 0;
  return 0;
}
