/** VFIO_IOMMU_MAP_DMA: gives devices access to memory of the caller, or tells where it has moved. */
import { pageOfIova } from '../iommu/iova.js';
import { rangesContain } from '../iommu/iova-ranges.js';
import { NONE } from '../iommu/page-index.js';
import { IOMMU_READ, IOMMU_WRITE } from '../iommu/paging-domain.js';
import { kernelError } from '../kernel/error.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser } from '../kernel/user-memory.js';
import { PAGE_SIZE } from '../uapi/file.js';
import {
  DmaMap,
  VFIO_DMA_MAP_FLAG_READ,
  VFIO_DMA_MAP_FLAG_VADDR,
  VFIO_DMA_MAP_FLAG_WRITE,
} from '../uapi/vfio.js';
import { pinAndLock } from './locked-memory.js';
import { mappingState } from './mapping-state.js';
import type { Type1Iommu } from './type1-iommu.js';
import { setVaddr } from './update-vaddr.js';
import { wraps } from './user-range.js';

const ACCESS_FLAGS = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE;
const KNOWN_FLAGS = ACCESS_FLAGS | VFIO_DMA_MAP_FLAG_VADDR;

const view = DmaMap.create();
const bytes = new Uint8Array(view.buffer);

/** @throws EFAULT, EINVAL, ENOENT, EEXIST, ENOSPC, ENOMEM: see the checks */
export function mapDma(iommu: Type1Iommu, task: Task, argument: number): number {
  copyFromUser(iommu.kernel, task, argument, bytes);
  const { argsz, flags, vaddr, iova, size } = DmaMap.decode(view);
  if (argsz < DmaMap.size || (flags & ~KNOWN_FLAGS) !== 0) throw kernelError('EINVAL');
  const setsVaddr = (flags & VFIO_DMA_MAP_FLAG_VADDR) !== 0;
  const access = flags & ACCESS_FLAGS;
  if (setsVaddr === (access !== 0)) throw kernelError('EINVAL');
  const alignment = BigInt(iommu.pageSize - 1);
  if (size === 0n || ((size | iova | vaddr) & alignment) !== 0n) throw kernelError('EINVAL');
  if (wraps(iova, size) || wraps(vaddr, size)) throw kernelError('EINVAL');

  const page = pageOfIova(iova);
  const pages = pageOfIova(size);
  const address = Number(vaddr);
  if (setsVaddr) setVaddr(iommu, task, { page, pages, address });
  else addMapping(iommu, task, { page, pages, address, access });
  return 0;
}

interface NewMapping {
  readonly page: number;
  readonly pages: number;
  readonly address: number;
  /** VFIO_DMA_MAP_FLAG_READ, …_WRITE or both. */
  readonly access: number;
}

function addMapping(iommu: Type1Iommu, task: Task, mapping: NewMapping): void {
  const { kernel, domain } = iommu;
  const { page, pages, address, access } = mapping;
  if (domain.mappings.findOverlap(page, pages) !== NONE) throw kernelError('EEXIST');
  if (iommu.available === 0) throw kernelError('ENOSPC');
  if (!rangesContain(iommu.validRanges, page, page + pages)) throw kernelError('EINVAL');
  kernel.faults.checkAllocation();
  const isWritable = (access & VFIO_DMA_MAP_FLAG_WRITE) !== 0;
  const locked = pinAndLock(kernel, task, { address, pages, isWritable });
  const entry = domain.map({
    page,
    pages,
    memory: task.memory,
    memoryPage: address / PAGE_SIZE,
    permissions: permissionsOf(iommu, access),
  });
  domain.mappings.setAttachment(entry, mappingState(locked, false));
  iommu.available -= 1;
}

/** What devices may do. Most IOMMUs have no mappings that can be written and not read. */
function permissionsOf(iommu: Type1Iommu, access: number): number {
  const isReadable = (access & VFIO_DMA_MAP_FLAG_READ) !== 0;
  const isWritable = (access & VFIO_DMA_MAP_FLAG_WRITE) !== 0;
  const write = isWritable ? IOMMU_WRITE : 0;
  const isWriteOnly = !isReadable && iommu.everyIommu((each) => each.hasWriteOnlyMappings);
  return isWriteOnly ? write : write | IOMMU_READ;
}
