/**
 * VFIO_IOMMU_GET_INFO: page sizes, and a chain of capabilities: migration, mappings available, IOVA
 * ranges. A short argsz is answered with the size it takes; nothing is written beyond argsz.
 */
import { kernelError } from '../kernel/error.js';
import { iovaOfPage } from '../iommu/iova.js';
import type { Task } from '../kernel/task.js';
import { copyFromUser, copyToUser } from '../kernel/user-memory.js';
import { struct, u16, u32, u64 } from '../uapi/struct.js';
import {
  Type1Info,
  VFIO_IOMMU_INFO_CAPS,
  VFIO_IOMMU_INFO_PGSIZES,
  VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE,
  VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION,
  VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL,
} from '../uapi/vfio.js';
import { MAXIMUM_BITMAP_SIZE } from './bitmap-request.js';
import type { Type1Iommu } from './type1-iommu.js';

const header = { id: u16, version: u16, next: u32 };
/** `struct vfio_iommu_type1_info_cap_migration` */
const MigrationCapability = struct({
  ...header,
  flags: u32,
  pgsizeBitmap: u64,
  maxDirtyBitmapSize: u64,
});
/** `struct vfio_iommu_type1_info_dma_avail` */
const DmaAvailableCapability = struct({ ...header, available: u32 });
/** `struct vfio_iommu_type1_info_cap_iova_range`, without its ranges */
const IovaRangeCapability = struct({ ...header, count: u32, reserved: u32 });
/** `struct vfio_iova_range` */
const IovaRange = struct({ start: u64, end: u64 });

/** `offsetofend(struct vfio_iommu_type1_info, iova_pgsizes)`: the struct's first version. */
const MINIMUM_SIZE = Type1Info.endOf('iovaPgsizes');
const SIZE_WITH_CAPABILITIES = Type1Info.endOf('capOffset');

/** @throws EFAULT, EINVAL */
export function getInfo(iommu: Type1Iommu, task: Task, argument: number): number {
  const { kernel } = iommu;
  const info = Type1Info.create();
  const bytes = new Uint8Array(info.buffer);
  copyFromUser(kernel, task, argument, bytes.subarray(0, MINIMUM_SIZE));
  const { argsz } = Type1Info.decode(info);
  if (argsz < MINIMUM_SIZE) throw kernelError('EINVAL');
  const answered = argsz >= SIZE_WITH_CAPABILITIES ? SIZE_WITH_CAPABILITIES : MINIMUM_SIZE;
  const chain = capabilityChain(iommu);
  const needed = Type1Info.size + chain.length;
  const fits = argsz >= needed;
  Type1Info.encode(info, {
    argsz: fits ? argsz : needed,
    flags: VFIO_IOMMU_INFO_PGSIZES | VFIO_IOMMU_INFO_CAPS,
    iovaPgsizes: iommu.pageSizeMask,
    capOffset: fits ? Type1Info.size : 0,
  });
  if (fits) copyToUser(kernel, task, argument + Type1Info.size, chain);
  copyToUser(kernel, task, argument, bytes.subarray(0, answered));
  return 0;
}

/** The capabilities as they follow the struct, in Linux's order. */
function capabilityChain(iommu: Type1Iommu): Uint8Array {
  const capabilities = [migration(iommu), available(iommu)];
  if (iommu.validRanges.length > 0) capabilities.push(iovaRanges(iommu));
  const chain = new Uint8Array(capabilities.reduce((size, { byteLength }) => size + byteLength, 0));
  let at = 0;
  for (const [index, capability] of capabilities.entries()) {
    const end = at + capability.byteLength;
    const isLast = index === capabilities.length - 1;
    capability.setUint32(MigrationCapability.offsets.next, isLast ? 0 : Type1Info.size + end, true);
    chain.set(new Uint8Array(capability.buffer), at);
    at = end;
  }
  return chain;
}

function migration(iommu: Type1Iommu): DataView {
  return MigrationCapability.create({
    id: VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION,
    version: 1,
    pgsizeBitmap: BigInt(iommu.pageSize),
    maxDirtyBitmapSize: BigInt(MAXIMUM_BITMAP_SIZE),
  });
}

function available(iommu: Type1Iommu): DataView {
  return DmaAvailableCapability.create({
    id: VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL,
    version: 1,
    available: iommu.available,
  });
}

function iovaRanges({ validRanges }: Type1Iommu): DataView {
  const view = IovaRangeCapability.create(
    { id: VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, version: 1, count: validRanges.length },
    IovaRangeCapability.size + validRanges.length * IovaRange.size,
  );
  for (const [index, { first, end }] of validRanges.entries()) {
    const range = { start: iovaOfPage(first), end: iovaOfPage(end) - 1n };
    IovaRange.encode(view, range, IovaRangeCapability.size + index * IovaRange.size);
  }
  return view;
}
