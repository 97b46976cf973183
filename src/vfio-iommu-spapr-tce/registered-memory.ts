/**
 * Memory registered for DMA (v2): pinned and counted once, so that mapping parts of it costs little.
 * A region belongs to the memory; containers of the same process that register it share it.
 */
import { kernelError } from '../kernel/error.js';
import type { Kernel } from '../kernel/kernel.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser, type UserMemory } from '../kernel/user-memory.js';
import { PAGE_SIZE } from '../uapi/file.js';
import { SpaprRegisterMemory } from '../uapi/vfio-spapr.js';
import { lockPages } from './locked-memory.js';
import type { TceContainer } from './tce-container.js';

/** A region of a process's memory (`struct mm_iommu_table_group_mem_t`). */
export interface RegisteredRegion {
  readonly address: number;
  /** Bytes. */
  readonly size: number;
  /** Containers that have registered it. */
  users: number;
  /** Bytes of it that are mapped, in all containers. */
  mappedBytes: number;
}

const regionsByMemory = new WeakMap<UserMemory, RegisteredRegion[]>();

/** The regions of a memory. */
export function regionsOf(memory: UserMemory): RegisteredRegion[] {
  let regions = regionsByMemory.get(memory);
  if (regions === undefined) {
    regions = [];
    regionsByMemory.set(memory, regions);
  }
  return regions;
}

/** VFIO_IOMMU_SPAPR_REGISTER_MEMORY. @throws EPERM, EFAULT, EINVAL, EBUSY, ENOMEM */
export function registerMemory(container: TceContainer, task: Task, argument: number): number {
  container.claim(task);
  const { address, size } = readRange(container.kernel, task, argument);
  const regions = regionsOf(task.memory);
  let region = regions.find((each) => each.address === address && each.size === size);
  if (region !== undefined && container.regions.has(region)) throw kernelError('EBUSY');
  region ??= pinRegion(task, regions, { address, size, users: 0, mappedBytes: 0 });
  region.users += 1;
  container.regions.add(region);
  container.isEnabled = true;
  return 0;
}

/** VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY. @throws EPERM, EFAULT, EINVAL, ENOENT; EBUSY while mapped */
export function unregisterMemory(container: TceContainer, task: Task, argument: number): number {
  const { memory } = container;
  if (memory === undefined) throw kernelError('EPERM');
  const { address, size } = readRange(container.kernel, task, argument);
  const region = regionsOf(memory).find((each) => each.address === address && each.size === size);
  if (region === undefined || !container.regions.has(region)) throw kernelError('ENOENT');
  if (region.users === 1 && region.mappedBytes > 0) throw kernelError('EBUSY');
  releaseRegion(container, memory, region);
  return 0;
}

/** A container gives a region up; with its last user it is unlocked. */
export function releaseRegion(
  container: TceContainer,
  memory: UserMemory,
  region: RegisteredRegion,
): void {
  container.regions.delete(region);
  region.users -= 1;
  if (region.users > 0) return;
  const regions = regionsOf(memory);
  regions.splice(regions.indexOf(region), 1);
  memory.lockedPages -= region.size / PAGE_SIZE;
}

/** Calls `change` with each region that has part of [address, address + size), and how much. */
export function forEachRegion(
  container: TceContainer,
  { address, size }: { address: number; size: number },
  change: (region: RegisteredRegion, bytes: number) => void,
): void {
  for (const region of container.regions) {
    const start = Math.max(address, region.address);
    const end = Math.min(address + size, region.address + region.size);
    if (start < end) change(region, end - start);
  }
}

function readRange(
  kernel: Kernel,
  task: Task,
  argument: number,
): { address: number; size: number } {
  const view = SpaprRegisterMemory.create();
  copyFromUser(kernel, task, argument, new Uint8Array(view.buffer));
  const { argsz, flags, vaddr, size } = SpaprRegisterMemory.decode(view);
  if (argsz < SpaprRegisterMemory.size || flags !== 0) throw kernelError('EINVAL');
  if (((vaddr | size) & BigInt(PAGE_SIZE - 1)) !== 0n) throw kernelError('EINVAL');
  if (vaddr + size >= 1n << 64n) throw kernelError('EINVAL');
  return { address: Number(vaddr), size: Number(size) };
}

/** @throws ENOMEM over the limit or of no size; EFAULT when it can't be pinned; EINVAL when it overlaps */
function pinRegion(
  task: Task,
  regions: RegisteredRegion[],
  region: RegisteredRegion,
): RegisteredRegion {
  const { address, size } = region;
  const pages = size / PAGE_SIZE;
  if (pages === 0) throw kernelError('ENOMEM');
  lockPages(task, pages);
  const isPinned = task.memory.pin(address, size, true) !== undefined;
  const overlaps = regions.some(
    (other) => address < other.address + other.size && other.address < address + size,
  );
  if (!isPinned || overlaps) {
    task.memory.lockedPages -= pages;
    throw kernelError(isPinned ? 'EINVAL' : 'EFAULT');
  }
  regions.push(region);
  return region;
}
