/** Capabilities behind the information on regions and IOMMUs (`struct vfio_info_cap_header`), as fields. */
import { capabilities, type Capability } from '../../client/capability.js';
import { struct, u16, u32, u64 } from '../../uapi/struct.js';
import * as vfio from '../../uapi/vfio.js';
import { type DecodedField, decode, exact } from './decoded-field.js';
import { hex, pageSizesText, rangeText, sizeText } from './quantities.js';

const header = { id: u16, version: u16, next: u32 };
/** `struct vfio_iommu_type1_info_cap_iova_range`, without its ranges */
const IovaRanges = struct({ ...header, count: u32, reserved: u32 });
/** `struct vfio_iova_range` */
const IovaRange = struct({ start: u64, end: u64 });
/** `struct vfio_iommu_type1_info_cap_migration` */
const Migration = struct({ ...header, flags: u32, pageSizes: u64, largestBitmap: u64 });
/** `struct vfio_iommu_type1_info_dma_avail` */
const DmaAvailable = struct({ ...header, available: u32 });
/** `struct vfio_region_info_cap_type` */
const RegionType = struct({ ...header, type: u32, subtype: u32 });

type Decoder = (view: DataView) => DecodedField;

const IOMMU: Readonly<Record<number, Decoder>> = {
  [vfio.VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE]: (view) => {
    const ranges = list(view, IovaRanges.size, IovaRange, decode(IovaRanges, view).count);
    const texts = ranges.map(({ start, end }) => `${hex(start)}-${hex(end)}`);
    const values = ranges.map(({ start, end }) => ({ start, end }));
    return ['iova_ranges', `[${texts.join(', ')}]`, values];
  },
  [vfio.VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION]: (view) => {
    const { pageSizes, largestBitmap } = decode(Migration, view);
    const text = `{pgsizes=${pageSizesText(pageSizes)}, max_dirty_bitmap_size=${sizeText(largestBitmap)}}`;
    const value = { pgsizes: pageSizes, max_dirty_bitmap_size: exact(largestBitmap) };
    return ['migration', text, value];
  },
  [vfio.VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL]: (view) => {
    const { available } = decode(DmaAvailable, view);
    return ['dma_avail', String(available), available];
  },
};

const REGION: Readonly<Record<number, Decoder>> = {
  [vfio.VFIO_REGION_INFO_CAP_SPARSE_MMAP]: (view) => {
    const start = vfio.InfoCapHeader.size;
    const { areaCount } = decode(vfio.RegionSparseMmap, view, start);
    const { RegionSparseMmap, RegionSparseMmapArea } = vfio;
    const areas = list(view, start + RegionSparseMmap.size, RegionSparseMmapArea, areaCount);
    const texts = areas.map(({ offset, size }) => rangeText(offset, size));
    const values = areas.map(({ offset, size }) => ({ offset, size: exact(size) }));
    return ['sparse_mmap', `[${texts.join(', ')}]`, values];
  },
  [vfio.VFIO_REGION_INFO_CAP_TYPE]: (view) => {
    const { type, subtype } = decode(RegionType, view);
    return ['type', `${hex(type)}/${hex(subtype)}`, { type, subtype }];
  },
  [vfio.VFIO_REGION_INFO_CAP_MSIX_MAPPABLE]: () => ['caps', 'MSIX_MAPPABLE'],
};

export function iommuCapabilities(info: DataView, first: number): readonly DecodedField[] {
  return fields(info, first, IOMMU);
}

export function regionCapabilities(info: DataView, first: number): readonly DecodedField[] {
  return fields(info, first, REGION);
}

function fields(
  info: DataView,
  first: number,
  decoders: Readonly<Record<number, Decoder>>,
): DecodedField[] {
  return capabilities(info, first).map((capability) => field(capability, decoders));
}

function field({ id, view }: Capability, decoders: Readonly<Record<number, Decoder>>) {
  return decoders[id]?.(view) ?? (['cap', String(id), id] satisfies DecodedField);
}

/** As many elements as there are bytes of. */
function list<T>(
  view: DataView,
  start: number,
  element: { readonly size: number; decode(view: DataView, at: number): T },
  count: number,
): T[] {
  const there = Math.floor((view.byteLength - start) / element.size);
  return Array.from({ length: Math.max(0, Math.min(count, there)) }, (_, i) =>
    element.decode(view, start + i * element.size),
  );
}
