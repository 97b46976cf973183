// The steps that random sequences are made of: each does one thing to the world, keeps the books,
// and complains when the answer is not what the books say.
import { KernelError } from '../../../src/kernel/error.js';
import type { Device } from '../../../src/kernel/device.js';
import type { DeviceDriver } from '../../../src/kernel/driver.js';
import { O_RDWR } from '../../../src/uapi/file.js';
import {
  GroupStatus,
  VFIO_CHECK_EXTENSION,
  VFIO_DEVICE_GET_INFO,
  VFIO_GROUP_FLAGS_CONTAINER_SET,
  VFIO_GROUP_FLAGS_VIABLE,
  VFIO_GROUP_GET_DEVICE_FD,
  VFIO_GROUP_GET_STATUS,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_GROUP_UNSET_CONTAINER,
  VFIO_SET_IOMMU,
} from '../../../src/uapi/vfio.js';
import { ContainerFile } from '../../../src/vfio/index.js';
import { LedgerDevice, ledgerDeviceOps } from './ledger-device.js';
import { EXTENSIONS, groupOf, type OpenFile, type World } from './world.js';

/** A kind of step. */
export interface Step {
  readonly name: string;
  /** How often it is tried, compared to others: what needs much else to be done first, more often. */
  readonly weight: number;
  /** What it can be done to now, each with a label. A step without is left out. */
  candidates(world: World): readonly Candidate[];
}

type Outcome = number | undefined | Promise<undefined>;

export interface Candidate {
  readonly label: string;
  /**
   * Does it. `choice` is a number to make further choices with.
   * @returns a negative result for a call that failed: the state must be as before
   */
  act(choice: number): Outcome;
}

const UNKNOWN_EXTENSION = 99;

export const steps: readonly Step[] = [
  step('open container', 2, (world) => [
    candidate('', () => {
      const fd = world.systemCalls.open(world.task, '/dev/vfio/vfio', O_RDWR);
      if (fd < 0) return fd;
      const operations = world.descriptors.get(fd)?.operations;
      const container = operations instanceof ContainerFile ? operations.container : undefined;
      if (container === undefined) throw new Error('this is no container');
      world.files.add({ kind: 'container', container, fds: [fd] });
    }),
  ]),

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

  step('SET_IOMMU', 6, (world) =>
    pairs(
      world
        .filesOf('container')
        .filter(({ container }) => container.groups.length > 0 && !container.iommuDriver),
      world.drivers,
    ).map(([file, driver]) =>
      candidate(driver.name, (choice) => {
        const group = world.iommuGroups[choice % world.iommuGroups.length];
        if (choice % 4 === 0) refuse(world, group, choice);
        for (const each of world.drivers) each.refusesOpen = choice % 7 === 6;
        const result = world.ioctl(file, VFIO_SET_IOMMU, driver.extension);
        refuse(world, undefined, 0);
        return result === 0 ? undefined : -1;
      }),
    ),
  ),

  step('SET_IOMMU out of turn', 1, (world) =>
    world
      .filesOf('container')
      .flatMap((file) => pairs([file], [UNKNOWN_EXTENSION, ...EXTENSIONS]))
      .filter(
        ([{ container }, extension]) =>
          extension === UNKNOWN_EXTENSION ||
          container.groups.length === 0 ||
          container.iommuDriver !== undefined,
      )
      .map(([file, extension]) =>
        candidate(`extension ${extension}`, () => {
          const result = world.ioctl(file, VFIO_SET_IOMMU, extension);
          expect('an IOMMU can not be set now', result < 0, true);
          return result;
        }),
      ),
  ),

  step('CHECK_EXTENSION', 1, (world) =>
    pairs(world.filesOf('container'), [...world.drivers, undefined]).map(([file, driver]) =>
      candidate(driver?.name ?? 'unknown', () => {
        const extension = driver?.extension ?? UNKNOWN_EXTENSION;
        const set = file.container.iommuDriver;
        const isSupported = driver !== undefined && (set === undefined || set === driver);
        const result = world.ioctl(file, VFIO_CHECK_EXTENSION, extension);
        expect('an extension is supported by a driver', result, isSupported ? 1 : 0);
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

  step('bind to VFIO', 6, (world) =>
    unboundDevices(world).map((device) =>
      candidate(device.name, (choice) => bindToVfio(world, device, choice)),
    ),
  ),

  step('bind elsewhere', 1, (world) =>
    unboundDevices(world)
      .filter((device) => world.usersOf(groupOf(device)) === 0)
      .map((device) =>
        candidate(device.name, (choice) => {
          world.bus.bind(device, otherDriver(choice % 2 === 0 ? 'pci-stub' : 'native'));
        }),
      ),
  ),

  step('unbind', 2, (world) =>
    boundDevices(world).map((device) =>
      candidate(device.name, (choice) => unbind(world, device, choice % 5 === 0)),
    ),
  ),

  step('signal', 1, (world) =>
    [...world.removals].map(({ device, task }) =>
      candidate(`removal of ${device.name}`, () => {
        world.kernel.scheduler.signal(task);
        return undefined;
      }),
    ),
  ),

  step('tick', 2, (world) => [
    candidate('', async (choice) => {
      const { timers } = world.kernel;
      const target = timers.nowMs + 1000 * (choice % 25);
      while (timers.fireNext(target)) await world.runWhoCan();
      return undefined;
    }),
  ]),
];

function step(
  name: string,
  weight: number,
  candidates: (world: World) => readonly Candidate[],
): Step {
  return { name, weight, candidates };
}

function candidate(label: string, act: (choice: number) => Outcome): Candidate {
  return { label, act };
}

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

function bindToVfio(world: World, device: Device, choice: number): number | undefined {
  const yieldsAt = choice % 4 === 3 ? undefined : choice % 4;
  const ledger = new LedgerDevice(device, choice % 2 === 0 ? undefined : yieldsAt, (yielding) => {
    const file = world.filesOf('device').find((open) => open.ledger === yielding);
    if (file !== undefined) world.close(file);
  });
  const driver: DeviceDriver = {
    name: 'vfio-model',
    probe: () => world.vfio.addGroupDevice(device, ledgerDeviceOps, ledger),
    remove(_device, task) {
      world.added.delete(device);
      const removed = (data: unknown): void => {
        if (data !== ledger) throw new Error('the data is not what was added');
        ledger.isRemoved = true;
      };
      const data = world.vfio.deleteGroupDevice(device, task);
      if (data instanceof Promise) return data.then(removed);
      removed(data);
    },
  };
  const result = attempt(() => world.bus.bind(device, driver));
  if (typeof result === 'number') return result;
  world.added.set(device, ledger);
  return undefined;
}

async function unbind(world: World, device: Device, hasSignal: boolean): Promise<undefined> {
  const task = world.newTask();
  if (hasSignal) task.setPendingSignal();
  const unbound = world.bus.unbind(device, task);
  if (unbound === undefined) return;
  const removal = { device, task, isDone: false };
  world.removals.add(removal);
  void unbound.then(() => {
    removal.isDone = true;
    world.removals.delete(removal);
  });
}

function otherDriver(name: string): DeviceDriver {
  return { name, probe: () => undefined, remove: () => undefined };
}

/** Makes each driver's next attach of a group fail, or none. */
function refuse(
  world: World,
  group: World['iommuGroups'][number] | undefined,
  choice: number,
): void {
  for (const driver of world.drivers) {
    driver.refusedGroup = group;
    driver.refusal = choice % 2 === 0 ? -12 : 1;
    driver.refusesOpen = false;
  }
}

function isHarmless(world: World, device: Device): boolean {
  const name = device.driver?.name;
  return name === undefined || name === 'pci-stub' || world.isPresent(device);
}

function unboundDevices(world: World): Device[] {
  return world.devices.filter((device) => device.driver === undefined);
}

function boundDevices(world: World): Device[] {
  const waiting = new Set([...world.removals].map(({ device }) => device));
  return world.devices.filter((device) => device.driver !== undefined && !waiting.has(device));
}

function labelOf(file: OpenFile): string {
  if (file.kind === 'container') return 'container';
  return file.kind === 'group' ? `group ${file.iommuGroup.id}` : file.ledger.device.name;
}

function pairs<A, B>(first: readonly A[], second: readonly B[]): [A, B][] {
  return first.flatMap((a) => second.map((b): [A, B] => [a, b]));
}

function int(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\0`);
}

/** The result, or −errno. */
function attempt<T>(call: () => T): T | number {
  try {
    return call();
  } catch (error) {
    if (error instanceof KernelError) return -error.errno;
    throw error;
  }
}

function expect(rule: string, got: unknown, expected: unknown): void {
  if (got !== expected) throw new Error(`${rule}: expected ${expected}, got ${got}`);
}
