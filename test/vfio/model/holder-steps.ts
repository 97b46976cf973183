// Steps of those who hold something: open files, external users, references to devices.
import { VFIO_DEVICE_GET_INFO } from '../../../src/uapi/vfio.js';
import { LedgerDevice } from './ledger-device.js';
import { attempt, candidate, expect, type Step, step } from './step.js';
import type { OpenFile } from './world.js';

export const holderSteps: readonly Step[] = [
  step('device ioctl', 1, (world) =>
    world.filesOf('device').map((file) =>
      candidate(file.ledger.device.name, () => {
        expect('a device answers', world.ioctl(file, VFIO_DEVICE_GET_INFO, 0), 0);
      }),
    ),
  ),

  step('close', 3, (world) =>
    [...world.files].map((file) =>
      candidate(labelOf(file), () => {
        world.close(file);
        return undefined;
      }),
    ),
  ),

  step('dup', 1, (world) =>
    [...world.files].map((file) =>
      candidate(labelOf(file), () => {
        const open = world.descriptors.get(file.fds[0] ?? -1);
        if (open === undefined) throw new Error('the file is not open');
        const fd = world.descriptors.reserve(false);
        world.descriptors.install(fd, open.get());
        file.fds.push(fd);
      }),
    ),
  ),

  step('get external user', 3, (world) =>
    world.filesOf('group').map((file) =>
      candidate(`group ${file.iommuGroup.id}`, () => {
        const open = world.descriptors.get(file.fds[0] ?? -1);
        if (open === undefined) throw new Error('the file is not open');
        const user = attempt(() => world.vfio.externalUser(open));
        if (typeof user === 'number') return user;
        expect('an external user knows its group', user.iommuId, file.iommuGroup.id);
        world.externalUsers.add({ user, group: file.iommuGroup });
      }),
    ),
  ),

  step('put external user', 2, (world) =>
    [...world.externalUsers].map((entry) =>
      candidate(`group ${entry.group.id}`, () => {
        world.externalUsers.delete(entry);
        world.forgetUnusedContainers();
        entry.user.put();
      }),
    ),
  ),

  step('get device', 1, (world) =>
    world.devices.map((device) =>
      candidate(device.name, () => {
        const reference = world.vfio.deviceOf(device);
        expect(
          'a device is found while it is there',
          reference !== undefined,
          world.isPresent(device),
        );
        if (reference === undefined) return;
        const ledger = reference.data;
        if (!(ledger instanceof LedgerDevice)) throw new Error('the data is not what was added');
        world.deviceReferences.push({ reference, ledger });
      }),
    ),
  ),

  step('put device', 2, (world) =>
    world.deviceReferences.map((entry, index) =>
      candidate(entry.ledger.device.name, () => {
        world.deviceReferences.splice(index, 1);
        entry.reference.put();
      }),
    ),
  ),
];

function labelOf(file: OpenFile): string {
  if (file.kind === 'container') return 'container';
  return file.kind === 'group' ? `group ${file.iommuGroup.id}` : file.ledger.device.name;
}
