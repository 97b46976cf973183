// What holds at all times, whatever has been called.
import { Directory } from '../../../src/kernel/tree.js';
import type { Group } from '../../../src/vfio/index.js';
import type { IommuGroup } from '../../../src/iommu/iommu-group.js';
import { groupOf, type World } from './world.js';

/** @throws Error naming the invariant that is broken */
export function checkInvariants(world: World): void {
  for (const iommuGroup of world.iommuGroups) checkGroup(world, iommuGroup);
  checkNodes(world);
  checkContainers(world);
  checkModules(world);
  checkDevices(world);
  for (const warning of world.warnings) {
    hold('only failed allocations are reported', warning, 'no_unbound');
  }
}

function checkGroup(world: World, iommuGroup: IommuGroup): void {
  const group = world.vfio.groups?.find(iommuGroup);
  const name = `group ${iommuGroup.id}`;
  hold(`${name} exists as long as it is held`, group !== undefined, world.isGroupHeld(iommuGroup));
  hold(`${name} hears news while it exists`, iommuGroup.notifierCount, group === undefined ? 0 : 1);
  if (group === undefined) return;
  const files = world.filesOf('group').filter((file) => file.iommuGroup === iommuGroup);
  hold(`${name} has one open file at most`, files.length <= 1, true);
  hold(`${name} is open while its file is`, group.isOpen, files.length === 1);
  hold(`${name} counts its users`, group.users, world.usersOf(iommuGroup));
  hold(`${name} is in its container`, group.container, world.containers.get(iommuGroup));
  hold(
    `${name} is in a container while it has users`,
    group.container !== undefined,
    group.users > 0,
  );
  const present = [...iommuGroup.devices].filter((device) => world.isPresent(device));
  const known = group.devices.newestFirst.map(({ device }) => device);
  hold(`${name} has the devices that are held`, new Set(known), new Set(present));
  for (const device of known) checkLookup(group, device.name);
}

function checkLookup(group: Group, name: string): void {
  hold(`${name} is found by its name`, group.devices.named(name)?.device.name, name);
}

/** `/dev/vfio` shows the groups there are, with minors of their own. */
function checkNodes({ kernel, vfio }: World): void {
  const directory = kernel.root.directoryAt('dev').get('vfio');
  const children = directory instanceof Directory ? [...directory.children.values()] : [];
  const shown = new Map<string, number>();
  for (const node of children) if (node.kind === 'device') shown.set(node.name, node.minor);
  shown.delete('vfio');
  const groups = [...(vfio.groups ?? [])];
  const expected = new Map(groups.map(({ iommuGroup, minor }) => [String(iommuGroup.id), minor]));
  hold('each group has its node', shown, expected);
  hold('minors are unique', new Set(shown.values()).size, shown.size);
}

function checkContainers(world: World): void {
  for (const { container } of world.filesOf('container')) {
    const groups = world.iommuGroups.filter((group) => world.containers.get(group) === container);
    const iommuGroups = container.groups.map(({ iommuGroup }) => iommuGroup);
    hold('a container has the groups put into it', new Set(iommuGroups), new Set(groups));
  }
  const containers = new Set([
    ...world.filesOf('container').map(({ container }) => container),
    ...world.containers.values(),
  ]);
  for (const driver of world.drivers) {
    const users = [...containers].filter(({ iommuDriver }) => iommuDriver === driver);
    hold(`${driver.name} has a lease for each container`, driver.leases.size, users.length);
    hold(`${driver.name}'s module is held by each`, driver.owner.references, users.length);
    for (const lease of driver.leases) {
      const user = users.find(({ iommuData }) => iommuData === lease);
      const groups = user?.groups.map(({ iommuGroup }) => iommuGroup);
      hold(`${driver.name} has its container's groups`, lease.attached, new Set(groups));
      hold(`${driver.name} is set while there are groups`, lease.attached.size > 0, true);
    }
  }
}

function checkModules(world: World): void {
  hold('each open file holds the module', world.kernel.module('vfio').references, world.files.size);
}

function checkDevices(world: World): void {
  for (const { device, isDone } of world.removals) {
    const { name } = device;
    hold(`removal of ${name} waits while it is in use`, isDone, !world.isPresent(device));
    hold(`${name} is on the unbound list`, isUnbound(world, device), true);
  }
  for (const ledger of new Set(world.filesOf('device').map((file) => file.ledger))) {
    const files = world.filesOf('device').filter((file) => file.ledger === ledger);
    hold(`${ledger.device.name} is open as often as files are`, ledger.opens, files.length);
  }
}

function isUnbound(world: World, device: { readonly name: string }): boolean {
  const found = world.devices.find((known) => known === device);
  if (found === undefined) return false;
  const group = world.vfio.groups?.find(groupOf(found));
  return group?.unbound.has(found) === true || world.warnings.includes('no_unbound');
}

function hold(rule: string, got: unknown, expected: unknown): void {
  if (!isSame(got, expected)) {
    throw new Error(`${rule}: expected ${show(expected)}, got ${show(got)}`);
  }
}

function isSame(a: unknown, b: unknown): boolean {
  if (a instanceof Set && b instanceof Set) {
    return a.size === b.size && [...a].every((value) => b.has(value));
  }
  if (a instanceof Map && b instanceof Map) {
    return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
  }
  return a === b;
}

function show(value: unknown): string {
  if (value instanceof Set || value instanceof Map) return `${value.size} things`;
  return typeof value === 'object' && value !== null ? value.constructor.name : String(value);
}
