// A virtual machine monitor: it sets a device up through VFIO, hands its group to the hypervisor and
// closes all that it had. The guest has the group on; nobody else gets it until the guest ends.

import { Machine } from 'uvfio';
import { Attachment, Group, VfioError } from 'uvfio/client';
import { O_RDWR } from 'uvfio/uapi';
import { loadHypervisor } from './module.js';
import {
  HYPERVISOR_ADD_GROUP,
  HYPERVISOR_IS_COHERENT,
  HYPERVISOR_REMOVE_GROUP,
} from './requests.js';

const machine = new Machine({
  iommu: { cacheCoherent: true },
  devices: [{ model: 'edu', addr: '0000:00:05.0', group: 7 }],
});
loadHypervisor(machine);
const task = machine.task({ comm: 'monitor' });

const guest = task.open('/dev/hypervisor', O_RDWR);
const attachment = Attachment.open(task, '0000:00:05.0');
const descriptor = new DataView(new ArrayBuffer(4));
descriptor.setInt32(0, attachment.group.fd, true);
const iommuGroup = task.ioctl(guest, HYPERVISOR_ADD_GROUP, descriptor);
console.log(`the guest has IOMMU group ${iommuGroup}`);

attachment.close();
console.log(`with all descriptors of VFIO closed, ${opening(iommuGroup)}`);
const isCoherent = task.ioctl(guest, HYPERVISOR_IS_COHERENT, 0) === 1;
console.log(`the guest's DMA is ${isCoherent ? 'coherent' : 'not coherent'}`);

task.ioctl(guest, HYPERVISOR_REMOVE_GROUP, iommuGroup);
console.log(`taken away from the guest, ${opening(iommuGroup)}`);
task.close(guest);

function opening(id: number): string {
  try {
    Group.open(task, id).close();
    return `group ${id} can be opened`;
  } catch (error) {
    if (!(error instanceof VfioError)) throw error;
    return `group ${id} is busy (${error.code})`;
  }
}
