/** What goes in and comes out with a request: the fields of its struct, by name, as people read them. */
import * as vfio from '../../uapi/vfio.js';
import { extensionName, flagNames, irqIndexName, regionName } from './constants.js';
import { irqSetFields } from './irq-set.js';
import { hex, rangeText, sizeText } from './quantities.js';

/** A name and what it has for a value. */
export type NamedText = readonly [name: string, text: string];

/** What is known of a request. */
export interface Request {
  /** The argument register. */
  readonly argument: number;
  /** What the machine read at the argument, from its beginning. */
  readonly input: DataView;
  /** What it wrote there. */
  readonly output: DataView;
}

interface RequestFields {
  readonly in: (request: Request) => readonly NamedText[];
  readonly out?: (request: Request) => readonly NamedText[];
}

const argsz = ({ argsz: size }: { argsz: number }): NamedText => ['argsz', String(size)];

const nothing: RequestFields = { in: () => [] };

/** Text up to its NUL. */
function textAt(view: DataView): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
}

/** A struct, decoded as far as there are bytes; what is missing is zero. */
function decode<T>(struct: { size: number; decode(view: DataView): T }, view: DataView): T {
  if (view.byteLength >= struct.size) return struct.decode(view);
  const whole = new Uint8Array(struct.size);
  whole.set(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  return struct.decode(new DataView(whole.buffer));
}

const extension: RequestFields = {
  in: ({ argument }) => [['', extensionName(argument)]],
};

const REQUESTS: Readonly<Record<string, RequestFields>> = {
  VFIO_GET_API_VERSION: nothing,
  VFIO_CHECK_EXTENSION: extension,
  VFIO_SET_IOMMU: extension,
  VFIO_GROUP_GET_STATUS: {
    in: ({ input }) => [argsz(decode(vfio.GroupStatus, input))],
    out: ({ output }) => [
      ['flags', flagNames(decode(vfio.GroupStatus, output).flags, 'VFIO_GROUP_FLAGS_')],
    ],
  },
  VFIO_GROUP_SET_CONTAINER: {
    in: ({ input }) => [['', `[${input.byteLength < 4 ? '?' : input.getInt32(0, true)}]`]],
  },
  VFIO_GROUP_UNSET_CONTAINER: nothing,
  VFIO_GROUP_GET_DEVICE_FD: { in: ({ input }) => [['', `"${textAt(input)}"`]] },
  VFIO_DEVICE_GET_INFO: {
    in: ({ input }) => [argsz(decode(vfio.DeviceInfo, input))],
    out: ({ output }) => {
      const { flags, numRegions, numIrqs } = decode(vfio.DeviceInfo, output);
      return [
        ['flags', flagNames(flags, 'VFIO_DEVICE_FLAGS_')],
        ['num_regions', String(numRegions)],
        ['num_irqs', String(numIrqs)],
      ];
    },
  },
  VFIO_DEVICE_GET_REGION_INFO: {
    in: ({ input }) => {
      const info = decode(vfio.RegionInfo, input);
      return [argsz(info), ['index', regionName(info.index)]];
    },
    out: ({ output }) => {
      const { flags, size, offset } = decode(vfio.RegionInfo, output);
      return [
        ['flags', flagNames(flags, 'VFIO_REGION_INFO_FLAG_')],
        ['size', sizeText(size)],
        ['offset', hex(offset)],
      ];
    },
  },
  VFIO_DEVICE_GET_IRQ_INFO: {
    in: ({ input }) => {
      const info = decode(vfio.IrqInfo, input);
      return [argsz(info), ['index', irqIndexName(info.index)]];
    },
    out: ({ output }) => {
      const { flags, count } = decode(vfio.IrqInfo, output);
      return [
        ['flags', flagNames(flags, 'VFIO_IRQ_INFO_')],
        ['count', String(count)],
      ];
    },
  },
  VFIO_DEVICE_SET_IRQS: { in: ({ input }) => irqSetFields(input) },
  VFIO_DEVICE_RESET: nothing,
  VFIO_DEVICE_GET_PCI_HOT_RESET_INFO: {
    in: ({ input }) => [argsz(decode(vfio.PciHotResetInfo, input))],
    out: ({ output }) => [['count', String(decode(vfio.PciHotResetInfo, output).count)]],
  },
  VFIO_DEVICE_PCI_HOT_RESET: {
    in: ({ input }) => {
      const reset = decode(vfio.PciHotReset, input);
      return [argsz(reset), ['count', String(reset.count)]];
    },
  },
  VFIO_DEVICE_IOEVENTFD: {
    in: ({ input }) => {
      const { flags, offset, data, fd } = decode(vfio.DeviceIoEventFd, input);
      return [
        ['flags', flagNames(flags, 'VFIO_DEVICE_IOEVENTFD_')],
        ['offset', hex(offset)],
        ['data', hex(data)],
        ['fd', String(fd)],
      ];
    },
  },
  VFIO_DEVICE_FEATURE: {
    in: ({ input }) => {
      const { flags } = decode(vfio.DeviceFeature, input);
      return [
        ['flags', flagNames(flags & ~vfio.VFIO_DEVICE_FEATURE_MASK, 'VFIO_DEVICE_FEATURE_')],
        ['feature', String(flags & vfio.VFIO_DEVICE_FEATURE_MASK)],
      ];
    },
  },
  VFIO_IOMMU_GET_INFO: {
    in: ({ input }) => [argsz(decode(vfio.Type1Info, input))],
    out: ({ output }) => {
      const { flags, iovaPgsizes } = decode(vfio.Type1Info, output);
      return [
        ['flags', flagNames(flags, 'VFIO_IOMMU_INFO_')],
        ['iova_pgsizes', pageSizes(iovaPgsizes)],
      ];
    },
  },
  VFIO_IOMMU_MAP_DMA: {
    in: ({ input }) => {
      const { flags, vaddr, iova, size } = decode(vfio.DmaMap, input);
      return [
        ['iova', rangeText(iova, size)],
        ['vaddr', hex(vaddr)],
        ['flags', flagNames(flags, 'VFIO_DMA_MAP_FLAG_')],
      ];
    },
  },
  VFIO_IOMMU_UNMAP_DMA: {
    in: ({ input }) => {
      const { flags, iova, size } = decode(vfio.DmaUnmap, input);
      const isAll = (flags & vfio.VFIO_DMA_UNMAP_FLAG_ALL) !== 0;
      return [
        ['iova', isAll ? 'all' : rangeText(iova, size)],
        ['flags', flagNames(flags, 'VFIO_DMA_UNMAP_FLAG_')],
      ];
    },
    out: ({ output }) => [['size', sizeText(decode(vfio.DmaUnmap, output).size)]],
  },
  VFIO_IOMMU_DIRTY_PAGES: {
    in: ({ input }) => {
      const { flags } = decode(vfio.DirtyPages, input);
      return [['flags', flagNames(flags, 'VFIO_IOMMU_DIRTY_PAGES_FLAG_')]];
    },
  },
  VFIO_IOMMU_ENABLE: nothing,
  VFIO_IOMMU_DISABLE: nothing,
};

/** `4 KiB|2 MiB`, from the bits of a mask. */
function pageSizes(mask: bigint): string {
  const sizes: string[] = [];
  for (let bit = 1n; bit <= mask; bit <<= 1n) if ((mask & bit) !== 0n) sizes.push(sizeText(bit));
  return sizes.join('|') || '0';
}

/** The fields that go in; of a request that nobody knows, the argument itself. */
export function inputFields(name: string, request: Request): readonly NamedText[] {
  const fields = REQUESTS[name];
  if (fields === undefined) return [['', hex(request.argument)]];
  const usesMemory = name !== 'VFIO_CHECK_EXTENSION' && name !== 'VFIO_SET_IOMMU';
  if (usesMemory && fields !== nothing && request.input.byteLength === 0) {
    return [['', request.argument === 0 ? 'NULL' : hex(request.argument)]];
  }
  return fields.in(request);
}

/** The fields that come out of a request that has succeeded. */
export function outputFields(name: string, request: Request): readonly NamedText[] {
  if (request.output.byteLength === 0) return [];
  return REQUESTS[name]?.out?.(request) ?? [];
}
