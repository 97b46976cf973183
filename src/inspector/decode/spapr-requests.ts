/** Requests to the sPAPR TCE IOMMU. */
import * as spapr from '../../uapi/vfio-spapr.js';
import { address, decode, number, range, size } from './decoded-field.js';
import { eehOperationName, flagNames } from './constants.js';
import { pageSizesText } from './quantities.js';
import { argsz, expectedArgsz, nothing, type RequestFields } from './request.js';

const registration: RequestFields = {
  in: ({ input }) => {
    const { SpaprRegisterMemory } = spapr;
    const memory = decode(SpaprRegisterMemory, input);
    return [
      expectedArgsz(memory, SpaprRegisterMemory.size),
      range('vaddr', memory.vaddr, memory.size),
    ];
  },
};

export const SPAPR_REQUESTS: Readonly<Record<string, RequestFields>> = {
  VFIO_IOMMU_ENABLE: nothing,
  VFIO_IOMMU_DISABLE: nothing,
  VFIO_IOMMU_SPAPR_TCE_GET_INFO: {
    in: ({ input }) => [argsz(decode(spapr.SpaprTceInfo, input))],
    out: ({ input, output }) => {
      const info = decode(spapr.SpaprTceInfo, output);
      const { dma32WindowStart, dma32WindowSize, ddwPgsizes } = info;
      const hasWindows =
        (info.flags & spapr.VFIO_IOMMU_SPAPR_INFO_DDW) !== 0 &&
        decode(spapr.SpaprTceInfo, input).argsz >= spapr.SpaprTceInfo.size;
      return [
        ['flags', flagNames(info.flags, 'VFIO_IOMMU_SPAPR_INFO_')],
        range('dma32_window', BigInt(dma32WindowStart), BigInt(dma32WindowSize)),
        ...(hasWindows
          ? [
              ['pgsizes', pageSizesText(ddwPgsizes), ddwPgsizes] as const,
              number('max_dynamic_windows', info.ddwMaxDynamicWindowsSupported),
              number('levels', info.ddwLevels),
            ]
          : []),
      ];
    },
  },
  VFIO_IOMMU_SPAPR_REGISTER_MEMORY: registration,
  VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY: registration,
  VFIO_IOMMU_SPAPR_TCE_CREATE: {
    in: ({ input }) => {
      const create = decode(spapr.SpaprTceCreate, input);
      return [
        expectedArgsz(create, spapr.SpaprTceCreate.size),
        size('page_size', 2 ** Math.min(create.pageShift, 63)),
        size('window_size', create.windowSize),
        number('levels', create.levels),
      ];
    },
    out: ({ output }) => [address('start_addr', decode(spapr.SpaprTceCreate, output).startAddr)],
  },
  VFIO_IOMMU_SPAPR_TCE_REMOVE: {
    in: ({ input }) => {
      const remove = decode(spapr.SpaprTceRemove, input);
      return [
        expectedArgsz(remove, spapr.SpaprTceRemove.size),
        address('start_addr', remove.startAddr),
      ];
    },
  },
  VFIO_EEH_PE_OP: {
    in: ({ input }) => {
      const operation = decode(spapr.EehPeOp, input);
      return [argsz(operation), ['op', eehOperationName(operation.op)]];
    },
  },
};
