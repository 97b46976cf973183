/** VFIO_IOMMU_SPAPR_TCE_CREATE and _REMOVE (v2): DMA windows as users want them. */
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser, copyToUser } from '../kernel/user-memory.js';
import { PAGE_SHIFT, PAGE_SIZE } from '../uapi/file.js';
import { SpaprTceCreate, SpaprTceRemove } from '../uapi/vfio-spapr.js';
import { lockPages } from './locked-memory.js';
import type { TceContainer } from './tce-container.js';
import { tableSize, type TceTable, type TceTableShape } from './tce-table.js';

/** @throws EPERM, ENXIO, EFAULT, EINVAL, ENOMEM; ENOSPC when there are two windows already */
export function createWindow(container: TceContainer, task: Task, argument: number): number {
  const { kernel } = container;
  container.claim(task);
  if (container.groups.size === 0) throw kernelError('ENXIO');
  const view = SpaprTceCreate.create();
  const bytes = new Uint8Array(view.buffer);
  copyFromUser(kernel, task, argument, bytes);
  const { argsz, flags, pageShift, windowSize, levels } = SpaprTceCreate.decode(view);
  if (argsz < SpaprTceCreate.size || flags !== 0) throw kernelError('EINVAL');
  createDefaultWindow(container, task);
  const { start } = addTable(container, task, { pageShift, windowSize, levels });
  SpaprTceCreate.encode(view, { startAddr: start });
  copyToUser(kernel, task, argument, bytes);
  return 0;
}

/** @throws EPERM, ENXIO, EFAULT; EINVAL also where there is no window */
export function removeWindow(container: TceContainer, task: Task, argument: number): number {
  container.claim(task);
  if (container.groups.size === 0) throw kernelError('ENXIO');
  const view = SpaprTceRemove.create();
  copyFromUser(container.kernel, task, argument, new Uint8Array(view.buffer));
  const { argsz, flags, startAddr } = SpaprTceRemove.decode(view);
  if (argsz < SpaprTceRemove.size || flags !== 0) throw kernelError('EINVAL');
  if (container.isDefaultWindowPending && startAddr === 0n) {
    container.isDefaultWindowPending = false;
    return 0;
  }
  const table = container.findTable(startAddr);
  if (table === undefined) throw kernelError('EINVAL');
  container.dropTable(table);
  return 0;
}

/** Makes the window below 4 GiB, if that was put off. @throws EPERM, ENOMEM */
export function createDefaultWindow(container: TceContainer, task: Task): void {
  if (!container.isDefaultWindowPending) return;
  container.claim(task);
  const windowSize = BigInt(container.hardware.dma32WindowSize);
  addTable(container, task, { pageShift: PAGE_SHIFT, windowSize, levels: 1 });
  container.isDefaultWindowPending = false;
}

/** @throws ENOSPC, EINVAL, ENOMEM */
function addTable(container: TceContainer, task: Task, shape: TceTableShape): TceTable {
  const { hardware, tables } = container;
  const number = tables.indexOf(undefined);
  if (number < 0) throw kernelError('ENOSPC');
  if (!hardware.pageSizes.includes(2 ** shape.pageShift)) throw kernelError('EINVAL');
  const size = tableSize(shape, hardware.maximumLevels);
  if (size === 0) throw kernelError('EINVAL');
  const lockedPages = size / PAGE_SIZE;
  lockPages(task, lockedPages);
  const start = number === 0 ? BigInt(hardware.dma32WindowStart) : hardware.dma64WindowStart;
  const table = { ...shape, start, lockedPages };
  tables[number] = table;
  return table;
}
