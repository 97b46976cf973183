/** Requests to containers and groups, and to the type1 IOMMU behind a container. */
import * as vfio from '../../uapi/vfio.js';
import { extensionName, flagNames } from './constants.js';
import { address, type DecodedField, decode, exact, number, range, size } from './decoded-field.js';
import { iommuCapabilities } from './info-capabilities.js';
import { pageSizesText } from './quantities.js';
import { argsz, expectedArgsz, neededArgsz, nothing, type RequestFields } from './request.js';

const extension: RequestFields = {
  isNumber: true,
  in: ({ argument }) => [['', extensionName(argument)]],
};

/** Text up to its NUL. */
function textAt(view: DataView): string {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
}

/** `argsz` without capabilities: the end of `iova_pgsizes`, or of `cap_offset`. */
const INFO_ARGSZ = vfio.Type1Info.endOf('iovaPgsizes');

export const CONTAINER_REQUESTS: Readonly<Record<string, RequestFields>> = {
  VFIO_GET_API_VERSION: nothing,
  VFIO_CHECK_EXTENSION: extension,
  VFIO_SET_IOMMU: extension,
  VFIO_GROUP_GET_STATUS: {
    in: ({ input }) => [expectedArgsz(decode(vfio.GroupStatus, input), vfio.GroupStatus.size)],
    out: ({ output }) => [
      ['flags', flagNames(decode(vfio.GroupStatus, output).flags, 'VFIO_GROUP_FLAGS_')],
    ],
  },
  VFIO_GROUP_SET_CONTAINER: {
    in: ({ input }) => {
      if (input.byteLength < 4) return [['', '?']];
      const fd = input.getInt32(0, true);
      return [['', `[${fd}]`, { container: fd }]];
    },
  },
  VFIO_GROUP_UNSET_CONTAINER: nothing,
  VFIO_GROUP_GET_DEVICE_FD: {
    in: ({ input }) => {
      const name = textAt(input);
      return [['', `"${name}"`, { device: name }]];
    },
  },
  VFIO_IOMMU_GET_INFO: {
    in: ({ input }) => [argsz(decode(vfio.Type1Info, input))],
    out: ({ input, output }) => {
      const info = decode(vfio.Type1Info, output);
      const { flags, iovaPgsizes, capOffset } = info;
      const given = decode(vfio.Type1Info, input);
      const hasCapabilities = (flags & vfio.VFIO_IOMMU_INFO_CAPS) !== 0 && given.argsz > INFO_ARGSZ;
      return [
        ...neededArgsz(given, info),
        ['flags', flagNames(flags, 'VFIO_IOMMU_INFO_')],
        ['iova_pgsizes', pageSizesText(iovaPgsizes), iovaPgsizes],
        ...(hasCapabilities ? iommuCapabilities(output, capOffset) : []),
      ];
    },
  },
  VFIO_IOMMU_MAP_DMA: {
    in: ({ input }) => {
      const map = decode(vfio.DmaMap, input);
      return [
        expectedArgsz(map, vfio.DmaMap.size),
        range('iova', map.iova, map.size),
        address('vaddr', map.vaddr),
        ['flags', flagNames(map.flags, 'VFIO_DMA_MAP_FLAG_')],
      ];
    },
  },
  VFIO_IOMMU_UNMAP_DMA: {
    in: ({ input }) => {
      const unmap = decode(vfio.DmaUnmap, input);
      const { flags, iova, size: bytes } = unmap;
      const isAll = (flags & vfio.VFIO_DMA_UNMAP_FLAG_ALL) !== 0;
      const withBitmap = vfio.DmaUnmap.size + vfio.DirtyBitmap.size;
      return [
        expectedArgsz(unmap, vfio.DmaUnmap.size, withBitmap),
        isAll ? ['iova', 'all'] : range('iova', iova, bytes),
        ['flags', flagNames(flags, 'VFIO_DMA_UNMAP_FLAG_')],
        ...((flags & vfio.VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP) === 0 ? [] : [bitmap(input)]),
      ];
    },
    out: ({ output }) => [size('size', decode(vfio.DmaUnmap, output).size)],
  },
  VFIO_IOMMU_DIRTY_PAGES: {
    in: ({ input }) => {
      const dirty = decode(vfio.DirtyPages, input);
      const isGet = (dirty.flags & vfio.VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP) !== 0;
      const { size: fixed } = vfio.DirtyPages;
      return [
        expectedArgsz(dirty, fixed, fixed + vfio.DirtyPagesGet.size),
        ['flags', flagNames(dirty.flags, 'VFIO_IOMMU_DIRTY_PAGES_FLAG_')],
        ...(isGet ? dirtyRange(input) : []),
      ];
    },
  },
};

/** Where UNMAP_DMA is to say which pages were written. */
function bitmap(input: DataView): DecodedField {
  const { pgsize, size: bytes, data } = decode(vfio.DirtyBitmap, input, vfio.DmaUnmap.size);
  const [, pages] = size('pgsize', pgsize);
  const [, length] = size('size', bytes);
  const value = { pgsize: exact(pgsize), size: exact(bytes), data };
  return ['bitmap', `{pgsize=${pages}, size=${length}, data=0x${data.toString(16)}}`, value];
}

function dirtyRange(input: DataView): readonly DecodedField[] {
  const get = decode(vfio.DirtyPagesGet, input, vfio.DirtyPages.size);
  return [
    range('iova', get.iova, get.size),
    size('pgsize', get.pgsize),
    number('bitmap_size', Number(get.bitmapSize)),
    address('data', get.data),
  ];
}
