// Steps on groups.
import type { Device } from '../../../src/kernel/device.js';
import { O_RDWR } from '../../../src/uapi/file.js';
import {
  GroupStatus,
  VFIO_GROUP_FLAGS_CONTAINER_SET,
  VFIO_GROUP_FLAGS_VIABLE,
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_GET_STATUS,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_GROUP_UNSET_CONTAINER,
} from '../../../src/uapi/vfio.js';
import { LedgerDevice } from './ledger-device.js';
import { candidate, expect, int, pairs, refuse, type Step, step, text } from './step.js';
import type { OpenFile, World } from './world.js';

export const groupSteps: readonly Step[] = [
  step('open group', 6, (world) =>
    [...(world.vfio.groups ?? [])].map(({ iommuGroup }) =>
      candidate(`group ${iommuGroup.id}`, () => {
        const fd = world.systemCalls.open(world.task, `/dev/vfio/${iommuGroup.id}`, O_RDWR);
        const isFree =
          !world.containers.has(iommuGroup) &&
          world.filesOf('group').every((file) => file.iommuGroup !== iommuGroup);
        expect('a group is opened when it is free', fd >= 0, isFree);
        if (fd < 0) return fd;
        world.files.add({ kind: 'group', iommuGroup, isMember: false, fds: [fd] });
        return undefined;
      }),
    ),
  ),

  step('GROUP_SET_CONTAINER', 8, (world) =>
    pairs(world.filesOf('group'), world.filesOf('container')).map(([file, { container, fds }]) =>
      candidate(`group ${file.iommuGroup.id}`, (choice) => {
        if (choice % 4 === 0) refuse(world, file.iommuGroup, choice);
        const argument = int(fds[0] ?? -1);
        const result = world.ioctl(file, VFIO_GROUP_SET_CONTAINER, argument);
        refuse(world, undefined, 0);
        if (result !== 0) return -1;
        file.isMember = true;
        world.containers.set(file.iommuGroup, container);
      }),
    ),
  ),

  step('GROUP_UNSET_CONTAINER', 2, (world) =>
    world.filesOf('group').map((file) =>
      candidate(`group ${file.iommuGroup.id}`, () => {
        const isOnlyUser = world.usersOf(file.iommuGroup) === 1;
        const result = world.ioctl(file, VFIO_GROUP_UNSET_CONTAINER, 0);
        expect('the only user can leave', result === 0, isOnlyUser);
        if (result !== 0) return result;
        file.isMember = false;
        world.forgetUnusedContainers();
      }),
    ),
  ),

  step('GROUP_GET_STATUS', 1, (world) =>
    world.filesOf('group').map((file) =>
      candidate(`group ${file.iommuGroup.id}`, () => {
        const status = GroupStatus.create({ argsz: GroupStatus.size });
        const result = world.ioctl(file, VFIO_GROUP_GET_STATUS, new Uint8Array(status.buffer));
        if (result < 0) return result;
        const { flags } = GroupStatus.decode(status);
        const isViable = [...file.iommuGroup.devices].every((device) => isHarmless(world, device));
        expect('a group is viable', (flags & VFIO_GROUP_FLAGS_VIABLE) !== 0, isViable);
        const isSet = (flags & VFIO_GROUP_FLAGS_CONTAINER_SET) !== 0;
        expect('a group is in a container', isSet, world.containers.has(file.iommuGroup));
      }),
    ),
  ),

  step('GROUP_GET_DEVICE_FD', 8, (world) =>
    devicesOfFiles(world)
      .filter(([file]) => world.containers.get(file.iommuGroup)?.iommuDriver !== undefined)
      .map(([file, device]) =>
        candidate(device.name, (choice) => getDeviceFd(world, file, device, choice)),
      ),
  ),

  step('GROUP_GET_DEVICE_FD out of turn', 1, (world) =>
    devicesOfFiles(world)
      .filter(([file]) => world.containers.get(file.iommuGroup)?.iommuDriver === undefined)
      .map(([file, device]) =>
        candidate(device.name, () => {
          const result = world.ioctl(file, VFIO_GROUP_GET_DEVICE_FD, text(device.name));
          expect('a device can not be had now', result < 0, true);
          return result;
        }),
      ),
  ),
];

function devicesOfFiles(world: World): [Extract<OpenFile, { kind: 'group' }>, Device][] {
  return world.filesOf('group').flatMap((file) => pairs([file], [...file.iommuGroup.devices]));
}

function getDeviceFd(
  world: World,
  file: Extract<OpenFile, { kind: 'group' }>,
  device: Device,
  choice: number,
): number | undefined {
  const core = world.vfio.groups?.find(file.iommuGroup)?.devices.named(device.name);
  const ledger = core?.data instanceof LedgerDevice ? core.data : undefined;
  if (ledger !== undefined && choice % 5 === 0) ledger.nextOpen = choice % 2 === 0 ? -5 : 1000;
  const refusal = ledger?.nextOpen ?? 0;
  const result = world.ioctl(file, VFIO_GROUP_GET_DEVICE_FD, text(device.name));
  if (ledger !== undefined) ledger.nextOpen = 0;
  if (result < 0 || result === refusal) return -1;
  if (ledger === undefined) throw new Error(`${device.name} was opened, but is not there`);
  world.files.add({ kind: 'device', ledger, fds: [result] });
  return undefined;
}

function isHarmless(world: World, device: Device): boolean {
  const name = device.driver?.name;
  return name === undefined || name === 'pci-stub' || world.isPresent(device);
}
