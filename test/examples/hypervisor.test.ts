// The hypervisor of the examples as an external user of VFIO: which groups it gets, how long it has them.

import { Machine, type MachineTask } from 'uvfio';
import { Attachment, Container, Group } from 'uvfio/client';
import { Errno, O_RDWR } from 'uvfio/uapi';
import { describe, expect, test } from 'vitest';
import { loadHypervisor } from '../../examples/hypervisor/module.js';
import {
  HYPERVISOR_ADD_GROUP,
  HYPERVISOR_IS_COHERENT,
} from '../../examples/hypervisor/requests.js';

const ADDRESS = '0000:00:05.0';

function prepare(options: { cacheCoherent?: boolean } = {}) {
  const machine = new Machine({ iommu: options, devices: [{ model: 'edu', addr: ADDRESS }] });
  loadHypervisor(machine);
  const task = machine.task();
  return { machine, task, guest: task.open('/dev/hypervisor', O_RDWR) };
}

function addGroup(task: MachineTask, guest: number, fd: number): number {
  const argument = new DataView(new ArrayBuffer(4));
  argument.setInt32(0, fd, true);
  return task.ioctl(guest, HYPERVISOR_ADD_GROUP, argument);
}

const opening = (task: MachineTask): number => task.open('/dev/vfio/0', O_RDWR);

describe('a group is refused', () => {
  test('when it is in no container, or one without IOMMU: EINVAL', () => {
    const { task, guest } = prepare();
    const group = Group.open(task, 0);
    expect(addGroup(task, guest, group.fd)).toBe(-Errno.EINVAL);
    group.setContainer(Container.open(task));
    expect(addGroup(task, guest, group.fd)).toBe(-Errno.EINVAL);
  });

  test('when the descriptor is that of something else: EINVAL', () => {
    const { task, guest } = prepare();
    const { container, device } = Attachment.open(task, ADDRESS);
    expect(addGroup(task, guest, container.fd)).toBe(-Errno.EINVAL);
    expect(addGroup(task, guest, device.fd)).toBe(-Errno.EINVAL);
    expect(addGroup(task, guest, guest)).toBe(-Errno.EINVAL);
  });
});

describe('a guest that has a group', () => {
  test('keeps it out of other hands until it ends, and leaves nothing behind', () => {
    const { machine, task, guest } = prepare();
    const attachment = Attachment.open(task, ADDRESS);
    expect(addGroup(task, guest, attachment.group.fd)).toBe(0);
    attachment.close();
    expect(opening(task)).toBe(-Errno.EBUSY);
    task.close(guest);
    expect(machine.vfio.groups?.withMinor(0)).toMatchObject({ users: 0, isOpen: false });
    expect(opening(task)).toBeGreaterThanOrEqual(0);
  });

  test('does not take the group out of the container: its owner cannot either (EBUSY)', () => {
    const { task, guest } = prepare();
    const { group, device } = Attachment.open(task, ADDRESS);
    addGroup(task, guest, group.fd);
    device.close();
    expect(() => group.unsetContainer()).toThrow('EBUSY');
    task.close(guest);
    expect(() => group.unsetContainer()).not.toThrow();
  });

  test('cannot have it twice: EEXIST, and no use is left over', () => {
    const { machine, task, guest } = prepare();
    const { group } = Attachment.open(task, ADDRESS);
    addGroup(task, guest, group.fd);
    const users = machine.vfio.groups?.withMinor(0)?.users;
    expect(addGroup(task, guest, group.fd)).toBe(-Errno.EEXIST);
    expect(machine.vfio.groups?.withMinor(0)?.users).toBe(users);
  });

  test('loses it when its process ends', () => {
    const { machine, task, guest } = prepare();
    addGroup(task, guest, Attachment.open(task, ADDRESS).group.fd);
    task.exit();
    expect(opening(machine.task())).toBeGreaterThanOrEqual(0);
  });

  test.each([[true], [false]])('asks its container about coherent DMA: %s', (cacheCoherent) => {
    const { task, guest } = prepare({ cacheCoherent });
    const attachment = Attachment.open(task, ADDRESS);
    addGroup(task, guest, attachment.group.fd);
    attachment.close();
    expect(task.ioctl(guest, HYPERVISOR_IS_COHERENT, 0)).toBe(cacheCoherent ? 1 : 0);
  });
});
