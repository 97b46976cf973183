// Raw access to memory is asked of those alone who use groups that no IOMMU is behind.
import { expect, test } from 'vitest';
import { IommuGroup } from '../../src/iommu/iommu-group.js';
import { Device } from '../../src/kernel/device.js';
import { type Credentials, Task } from '../../src/kernel/task.js';
import { Errno } from '../../src/uapi/errno.js';
import { O_RDWR } from '../../src/uapi/file.js';
import { CoreMachine, GROUP_ID } from './core-machine.js';

const USER: Credentials = {
  uid: 1000,
  gid: 1000,
  dacOverride: false,
  ipcLock: false,
  sysAdmin: false,
};

/** Opens the node of a group, which anybody may. */
function openGroup(machine: CoreMachine, name: string, credentials: Credentials): number {
  const node = `/dev/vfio/${name}`;
  machine.systemCalls.chmod(machine.task, node, 0o666);
  const { memory, descriptors: files } = machine;
  const options = { pid: 2, comm: 'user', credentials: () => credentials, memory, files };
  const task = new Task({ ...options, memlockLimit: () => 0 });
  return machine.systemCalls.open(task, node, O_RDWR);
}

test('whoever may open the node of a group behind an IOMMU may use it', () => {
  const machine = new CoreMachine();
  machine.vfio.addGroupDevice(machine.device, { name: 'ops' }, 'data');
  expect(openGroup(machine, `${GROUP_ID}`, USER)).toBe(3);
});

test('the permission to open a node is not enough where no IOMMU is behind the group', () => {
  const machine = new CoreMachine();
  const device = new Device('0000:02:00.0');
  new IommuGroup(0, machine.kernel.faults, { isTranslated: false }).addDevice(device);
  machine.vfio.addGroupDevice(device, { name: 'ops' }, 'data');
  expect(openGroup(machine, 'noiommu-0', USER)).toBe(-Errno.EPERM);
  expect(openGroup(machine, 'noiommu-0', { ...USER, sysAdmin: true })).toBe(3);
});
