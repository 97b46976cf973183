// The same system calls that a C program makes, on a machine in the same program. Results are the
// kernel's: ≥ 0, or −errno.
import { Machine } from 'uvfio';
import {
  GroupStatus,
  O_RDWR,
  VFIO_GROUP_GET_STATUS,
  VFIO_SET_IOMMU,
  VFIO_TYPE1v2_IOMMU,
} from 'uvfio/uapi';

const task = new Machine({ devices: [{ model: 'edu', group: 7 }] }).task();
const container = task.open('/dev/vfio/vfio', O_RDWR);
const group = task.open('/dev/vfio/7', O_RDWR);

const status = GroupStatus.create({ argsz: GroupStatus.size });
task.ioctl(group, VFIO_GROUP_GET_STATUS, status);
console.log(`group flags: ${GroupStatus.decode(status).flags}`);

const result = task.ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU);
console.log(`VFIO_SET_IOMMU without a group: ${result}`);
