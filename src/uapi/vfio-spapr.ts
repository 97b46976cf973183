/**
 * The user ABI of the sPAPR TCE IOMMU (IBM Power), from `linux/vfio.h`. Its request numbers mean other
 * things on type1 containers, on groups and on devices.
 */
import { struct, u32, u64 } from './struct.js';
import { VFIO_IOMMU_DIRTY_PAGES, VFIO_IOMMU_GET_INFO } from './vfio.js';

export const VFIO_IOMMU_SPAPR_TCE_GET_INFO = VFIO_IOMMU_GET_INFO;
export const VFIO_IOMMU_SPAPR_REGISTER_MEMORY = VFIO_IOMMU_DIRTY_PAGES;
export const VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY = VFIO_IOMMU_SPAPR_REGISTER_MEMORY + 1;
export const VFIO_IOMMU_SPAPR_TCE_CREATE = VFIO_IOMMU_SPAPR_REGISTER_MEMORY + 2;
export const VFIO_IOMMU_SPAPR_TCE_REMOVE = VFIO_IOMMU_SPAPR_REGISTER_MEMORY + 3;
export const VFIO_EEH_PE_OP = VFIO_IOMMU_SPAPR_REGISTER_MEMORY + 4;

/** Dynamic DMA windows are supported. */
export const VFIO_IOMMU_SPAPR_INFO_DDW = 1 << 0;

/** `struct vfio_iommu_spapr_tce_info` with its `struct vfio_iommu_spapr_tce_ddw_info` */
export const SpaprTceInfo = struct({
  argsz: u32,
  flags: u32,
  dma32WindowStart: u32,
  dma32WindowSize: u32,
  ddwPgsizes: u64,
  ddwMaxDynamicWindowsSupported: u32,
  ddwLevels: u32,
});

/** `struct vfio_iommu_spapr_register_memory` */
export const SpaprRegisterMemory = struct({ argsz: u32, flags: u32, vaddr: u64, size: u64 });

/** `struct vfio_iommu_spapr_tce_create` */
export const SpaprTceCreate = struct({
  argsz: u32,
  flags: u32,
  pageShift: u32,
  reserved1: u32,
  windowSize: u64,
  levels: u32,
  reserved2: u32,
  startAddr: u64,
});

/** `struct vfio_iommu_spapr_tce_remove` */
export const SpaprTceRemove = struct({ argsz: u32, flags: u32, startAddr: u64 });

/** `struct vfio_eeh_pe_op`, up to the operation, and with the error to inject */
export const EehPeOp = struct({ argsz: u32, flags: u32, op: u32 });
export const EehPeError = struct({
  argsz: u32,
  flags: u32,
  op: u32,
  reserved: u32,
  type: u32,
  func: u32,
  addr: u64,
  mask: u64,
});

export const VFIO_EEH_PE_DISABLE = 0;
export const VFIO_EEH_PE_ENABLE = 1;
export const VFIO_EEH_PE_UNFREEZE_IO = 2;
export const VFIO_EEH_PE_UNFREEZE_DMA = 3;
export const VFIO_EEH_PE_GET_STATE = 4;
export const VFIO_EEH_PE_RESET_DEACTIVATE = 5;
export const VFIO_EEH_PE_RESET_HOT = 6;
export const VFIO_EEH_PE_RESET_FUNDAMENTAL = 7;
export const VFIO_EEH_PE_CONFIGURE = 8;
export const VFIO_EEH_PE_INJECT_ERR = 9;

/** What GET_STATE answers. */
export const VFIO_EEH_PE_STATE_NORMAL = 0;
export const VFIO_EEH_PE_STATE_RESET = 1;
export const VFIO_EEH_PE_STATE_STOPPED = 2;
export const VFIO_EEH_PE_STATE_STOPPED_DMA = 4;
