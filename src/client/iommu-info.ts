/** What a type1 IOMMU says of itself: VFIO_IOMMU_GET_INFO with its capabilities, decoded. */
import { struct, u16, u32, u64 } from '../uapi/struct.js';
import {
  Type1Info,
  VFIO_IOMMU_INFO_CAPS,
  VFIO_IOMMU_INFO_PGSIZES,
  VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE,
  VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL,
} from '../uapi/vfio.js';
import { capabilities } from './capability.js';

export interface IommuInfo {
  /** One bit for each page size in bytes that a mapping may be made of; 0n when not told. */
  readonly pageSizes: bigint;
  /** IOVAs that can be mapped, both ends included; empty when not told. */
  readonly iovaRanges: readonly { readonly start: bigint; readonly end: bigint }[];
  /** How many mappings can still be made, if told. */
  readonly availableMappings: number | undefined;
}

const header = { id: u16, version: u16, next: u32 };
/** `struct vfio_iommu_type1_info_cap_iova_range`, without its ranges */
const IovaRangeCapability = struct({ ...header, count: u32, reserved: u32 });
/** `struct vfio_iova_range` */
const IovaRange = struct({ start: u64, end: u64 });
/** `struct vfio_iommu_type1_info_dma_avail` */
const DmaAvailableCapability = struct({ ...header, available: u32 });

export function decodeIommuInfo(info: DataView): IommuInfo {
  const { flags, iovaPgsizes, capOffset } = Type1Info.decode(info);
  const iovaRanges: { start: bigint; end: bigint }[] = [];
  let availableMappings: number | undefined;
  const first = (flags & VFIO_IOMMU_INFO_CAPS) !== 0 ? capOffset : 0;
  for (const { id, view } of capabilities(info, first)) {
    if (id === VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE) {
      const { count } = IovaRangeCapability.decode(view);
      for (let i = 0; i < count; i++) {
        iovaRanges.push(IovaRange.decode(view, IovaRangeCapability.size + i * IovaRange.size));
      }
    } else if (id === VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL) {
      availableMappings = DmaAvailableCapability.decode(view).available;
    }
  }
  const pageSizes = (flags & VFIO_IOMMU_INFO_PGSIZES) !== 0 ? iovaPgsizes : 0n;
  return { pageSizes, iovaRanges, availableMappings };
}
