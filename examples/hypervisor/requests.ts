// The ioctls of /dev/hypervisor, as `linux/ioctl.h` makes them: _IOW('H', n, int), or _IO('H', n).

const write = (n: number): number => 0x4004_4800 | n;
const plain = (n: number): number => 0x4800 | n;

/** Gives the guest a VFIO group: a pointer to its descriptor. Answers with the IOMMU group's number. */
export const HYPERVISOR_ADD_GROUP = write(1);
/** Takes the group of this IOMMU group's number away from the guest. */
export const HYPERVISOR_REMOVE_GROUP = plain(2);
/** Whether all DMA of the guest's groups is coherent with processor caches: 0 or 1. */
export const HYPERVISOR_IS_COHERENT = plain(3);
