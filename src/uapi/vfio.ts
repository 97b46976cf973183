/**
 * The VFIO user ABI, `linux/vfio.h`: request numbers, flags and structs of containers, groups,
 * devices and the type1 IOMMU. sPAPR's own requests are in `vfio-spapr.ts`.
 */
import { s32, struct, u8, u16, u32, u64 } from './struct.js';

export const VFIO_API_VERSION = 0;

/** `_IO(VFIO_TYPE, VFIO_BASE + n)`: VFIO requests carry no size or direction. */
const VFIO_TYPE = 0x3b;
const VFIO_BASE = 100;
const request = (n: number): number => (VFIO_TYPE << 8) | (VFIO_BASE + n);

// Container.
export const VFIO_GET_API_VERSION = request(0);
export const VFIO_CHECK_EXTENSION = request(1);
export const VFIO_SET_IOMMU = request(2);
// Group.
export const VFIO_GROUP_GET_STATUS = request(3);
export const VFIO_GROUP_SET_CONTAINER = request(4);
export const VFIO_GROUP_UNSET_CONTAINER = request(5);
export const VFIO_GROUP_GET_DEVICE_FD = request(6);
// Device.
export const VFIO_DEVICE_GET_INFO = request(7);
export const VFIO_DEVICE_GET_REGION_INFO = request(8);
export const VFIO_DEVICE_GET_IRQ_INFO = request(9);
export const VFIO_DEVICE_SET_IRQS = request(10);
export const VFIO_DEVICE_RESET = request(11);
export const VFIO_DEVICE_GET_PCI_HOT_RESET_INFO = request(12);
export const VFIO_DEVICE_PCI_HOT_RESET = request(13);
export const VFIO_DEVICE_IOEVENTFD = request(16);
export const VFIO_DEVICE_FEATURE = request(17);
// Container with a type1 IOMMU: the same numbers mean other things on other objects.
export const VFIO_IOMMU_GET_INFO = request(12);
export const VFIO_IOMMU_MAP_DMA = request(13);
export const VFIO_IOMMU_UNMAP_DMA = request(14);
export const VFIO_IOMMU_ENABLE = request(15);
export const VFIO_IOMMU_DISABLE = request(16);
export const VFIO_IOMMU_DIRTY_PAGES = request(17);

// Extensions and IOMMU types of CHECK_EXTENSION and SET_IOMMU.
export const VFIO_TYPE1_IOMMU = 1;
export const VFIO_SPAPR_TCE_IOMMU = 2;
export const VFIO_TYPE1v2_IOMMU = 3;
export const VFIO_DMA_CC_IOMMU = 4;
export const VFIO_EEH = 5;
export const VFIO_TYPE1_NESTING_IOMMU = 6;
export const VFIO_SPAPR_TCE_v2_IOMMU = 7;
export const VFIO_NOIOMMU_IOMMU = 8;
export const VFIO_UNMAP_ALL = 9;
export const VFIO_UPDATE_VADDR = 10;

export const VFIO_GROUP_FLAGS_VIABLE = 1 << 0;
export const VFIO_GROUP_FLAGS_CONTAINER_SET = 1 << 1;

/** `struct vfio_group_status` */
export const GroupStatus = struct({ argsz: u32, flags: u32 });

export const VFIO_DEVICE_FLAGS_RESET = 1 << 0;
export const VFIO_DEVICE_FLAGS_PCI = 1 << 1;
export const VFIO_DEVICE_FLAGS_CAPS = 1 << 7;

/** `struct vfio_device_info` */
export const DeviceInfo = struct({
  argsz: u32,
  flags: u32,
  numRegions: u32,
  numIrqs: u32,
  capOffset: u32,
  pad: u32,
});

export const VFIO_REGION_INFO_FLAG_READ = 1 << 0;
export const VFIO_REGION_INFO_FLAG_WRITE = 1 << 1;
export const VFIO_REGION_INFO_FLAG_MMAP = 1 << 2;
export const VFIO_REGION_INFO_FLAG_CAPS = 1 << 3;

/** `struct vfio_region_info` */
export const RegionInfo = struct({
  argsz: u32,
  flags: u32,
  index: u32,
  capOffset: u32,
  size: u64,
  offset: u64,
});

/** `struct vfio_info_cap_header` */
export const InfoCapHeader = struct({ id: u16, version: u16, next: u32 });
export const VFIO_REGION_INFO_CAP_SPARSE_MMAP = 1;
export const VFIO_REGION_INFO_CAP_TYPE = 2;
export const VFIO_REGION_INFO_CAP_MSIX_MAPPABLE = 3;

/** `struct vfio_region_info_cap_sparse_mmap`, what is between its header and its areas */
export const RegionSparseMmap = struct({ areaCount: u32, reserved: u32 });
/** `struct vfio_region_sparse_mmap_area` */
export const RegionSparseMmapArea = struct({ offset: u64, size: u64 });

export const VFIO_PCI_BAR0_REGION_INDEX = 0;
export const VFIO_PCI_BAR5_REGION_INDEX = 5;
export const VFIO_PCI_ROM_REGION_INDEX = 6;
export const VFIO_PCI_CONFIG_REGION_INDEX = 7;
export const VFIO_PCI_VGA_REGION_INDEX = 8;
export const VFIO_PCI_NUM_REGIONS = 9;

/** Region `index` of a PCI device begins at this file offset: `index << 40`. Clients hard-code it. */
export const VFIO_PCI_OFFSET_SHIFT = 40;
export const regionOffset = (index: number): number => index * 2 ** VFIO_PCI_OFFSET_SHIFT;

export const VFIO_IRQ_INFO_EVENTFD = 1 << 0;
export const VFIO_IRQ_INFO_MASKABLE = 1 << 1;
export const VFIO_IRQ_INFO_AUTOMASKED = 1 << 2;
export const VFIO_IRQ_INFO_NORESIZE = 1 << 3;

/** `struct vfio_irq_info` */
export const IrqInfo = struct({ argsz: u32, flags: u32, index: u32, count: u32 });

export const VFIO_PCI_INTX_IRQ_INDEX = 0;
export const VFIO_PCI_MSI_IRQ_INDEX = 1;
export const VFIO_PCI_MSIX_IRQ_INDEX = 2;
export const VFIO_PCI_ERR_IRQ_INDEX = 3;
export const VFIO_PCI_REQ_IRQ_INDEX = 4;
export const VFIO_PCI_NUM_IRQS = 5;

export const VFIO_IRQ_SET_DATA_NONE = 1 << 0;
export const VFIO_IRQ_SET_DATA_BOOL = 1 << 1;
export const VFIO_IRQ_SET_DATA_EVENTFD = 1 << 2;
export const VFIO_IRQ_SET_ACTION_MASK = 1 << 3;
export const VFIO_IRQ_SET_ACTION_UNMASK = 1 << 4;
export const VFIO_IRQ_SET_ACTION_TRIGGER = 1 << 5;
export const VFIO_IRQ_SET_DATA_TYPE_MASK = 0x07;
export const VFIO_IRQ_SET_ACTION_TYPE_MASK = 0x38;

/** `struct vfio_irq_set`, without its trailing data */
export const IrqSet = struct({ argsz: u32, flags: u32, index: u32, start: u32, count: u32 });

/** `struct vfio_pci_dependent_device` */
export const PciDependentDevice = struct({ groupId: u32, segment: u16, bus: u8, devfn: u8 });
/** `struct vfio_pci_hot_reset_info`, without its devices */
export const PciHotResetInfo = struct({ argsz: u32, flags: u32, count: u32 });
/** `struct vfio_pci_hot_reset`, without its group descriptors */
export const PciHotReset = struct({ argsz: u32, flags: u32, count: u32 });

export const VFIO_DEVICE_IOEVENTFD_8 = 1 << 0;
export const VFIO_DEVICE_IOEVENTFD_16 = 1 << 1;
export const VFIO_DEVICE_IOEVENTFD_32 = 1 << 2;
export const VFIO_DEVICE_IOEVENTFD_64 = 1 << 3;
export const VFIO_DEVICE_IOEVENTFD_SIZE_MASK = 0xf;

/** `struct vfio_device_ioeventfd`; its size for argsz is 28, without the tail padding */
export const DeviceIoEventFd = struct({
  argsz: u32,
  flags: u32,
  offset: u64,
  data: u64,
  fd: s32,
  reserved: u32,
});

export const VFIO_DEVICE_FEATURE_MASK = 0xffff;
export const VFIO_DEVICE_FEATURE_GET = 1 << 16;
export const VFIO_DEVICE_FEATURE_SET = 1 << 17;
export const VFIO_DEVICE_FEATURE_PROBE = 1 << 18;

export const VFIO_DEVICE_FEATURE_PCI_VF_TOKEN = 0;
export const VFIO_DEVICE_FEATURE_MIGRATION = 1;
export const VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE = 2;
export const VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY = 3;
export const VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP = 4;
export const VFIO_DEVICE_FEATURE_LOW_POWER_EXIT = 5;
export const VFIO_DEVICE_FEATURE_DMA_LOGGING_START = 6;
export const VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP = 7;
export const VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT = 8;

/** `struct vfio_device_low_power_entry_with_wakeup` */
export const LowPowerEntryWithWakeup = struct({ wakeupEventfd: s32, reserved: u32 });

/** `struct vfio_device_feature`, without its data */
export const DeviceFeature = struct({ argsz: u32, flags: u32 });

export const VFIO_IOMMU_INFO_PGSIZES = 1 << 0;
export const VFIO_IOMMU_INFO_CAPS = 1 << 1;

/** `struct vfio_iommu_type1_info`; 20 bytes count for argsz, the rest is padding */
export const Type1Info = struct({
  argsz: u32,
  flags: u32,
  iovaPgsizes: u64,
  capOffset: u32,
  pad: u32,
});

export const VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE = 1;
export const VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION = 2;
export const VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL = 3;

export const VFIO_DMA_MAP_FLAG_READ = 1 << 0;
export const VFIO_DMA_MAP_FLAG_WRITE = 1 << 1;
export const VFIO_DMA_MAP_FLAG_VADDR = 1 << 2;

/** `struct vfio_iommu_type1_dma_map` */
export const DmaMap = struct({ argsz: u32, flags: u32, vaddr: u64, iova: u64, size: u64 });

export const VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP = 1 << 0;
export const VFIO_DMA_UNMAP_FLAG_ALL = 1 << 1;
export const VFIO_DMA_UNMAP_FLAG_VADDR = 1 << 2;

/** `struct vfio_iommu_type1_dma_unmap`, without its data */
export const DmaUnmap = struct({ argsz: u32, flags: u32, iova: u64, size: u64 });

/** `struct vfio_bitmap` */
export const DirtyBitmap = struct({ pgsize: u64, size: u64, data: u64 });

export const VFIO_IOMMU_DIRTY_PAGES_FLAG_START = 1 << 0;
export const VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP = 1 << 1;
export const VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP = 1 << 2;

/** `struct vfio_iommu_type1_dirty_bitmap`, without its data */
export const DirtyPages = struct({ argsz: u32, flags: u32 });
/** `struct vfio_iommu_type1_dirty_bitmap_get` */
export const DirtyPagesGet = struct({
  iova: u64,
  size: u64,
  pgsize: u64,
  bitmapSize: u64,
  data: u64,
});
