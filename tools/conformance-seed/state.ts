// The state after an operation, as the format shows it, read from the kernel and the core.
import { MISC_MAJOR } from '../../src/kernel/misc-device.js';
import type { Directory } from '../../src/kernel/tree.js';
import type { Group } from '../../src/vfio/index.js';
import type { TraceMachine } from './machine.js';
import type { Json, JsonObject } from './trace.js';

/** The whole state, without what the format calls internal. */
export function stateOf(machine: TraceMachine, parked: string[]): JsonObject {
  return {
    registered: registered(machine),
    nodes: nodes(machine),
    drivers: machine.vfio.iommuDrivers.map(({ name }) => name),
    modules: modules(machine),
    groups: groups(machine),
    containers: containers(machine),
    parked,
  };
}

function registered({ kernel }: TraceMachine): Json[] {
  const majors = [...kernel.characterDevices.regions].filter(([major]) => major !== MISC_MAJOR);
  const present: [string, boolean][] = [
    ['misc', kernel.root.directoryAt('sys/class/misc').get('vfio') !== undefined],
    ['class', kernel.root.directoryAt('sys/class').get('vfio') !== undefined],
    ['region', majors.length > 0],
    ['cdev', majors.some(([, device]) => device !== undefined)],
  ];
  return present.filter(([, isPresent]) => isPresent).map(([name]) => name);
}

function nodes({ kernel }: TraceMachine): JsonObject {
  const found: JsonObject = {};
  const visit = (directory: Directory, prefix: string): void => {
    for (const [name, node] of directory.children) {
      const path = `${prefix}${name}`;
      if (node.kind === 'directory') visit(node, `${path}/`);
      if (node.kind === 'device') found[path] = { minor: node.minor, mode: node.permissions };
    }
  };
  visit(kernel.root.directoryAt('dev'), '');
  return found;
}

function modules({ kernel, iommuDrivers }: TraceMachine): JsonObject {
  const counts: JsonObject = { vfio: kernel.module('vfio').references };
  for (const [name, { owner }] of iommuDrivers) {
    if (owner !== undefined) counts[name] = owner.references;
  }
  return counts;
}

function groups(machine: TraceMachine): JsonObject {
  const all: JsonObject = {};
  for (const group of machine.vfio.groups ?? []) {
    all[machine.nameOfIommuGroup(group.iommuGroup)] = groupState(machine, group);
  }
  return all;
}

function groupState(machine: TraceMachine, group: Group): JsonObject {
  const state: JsonObject = {
    users: group.users,
    opened: group.isOpen ? 1 : 0,
    devices: group.devices.newestFirst.map(({ device }) => machine.nameOfDevice(device)),
    unbound: group.unbound.devices.map((device) => machine.nameOfDevice(device)),
  };
  for (const [name, { container }] of machine.containers) {
    if (container === group.container) state['container'] = name;
  }
  return state;
}

function containers(machine: TraceMachine): JsonObject {
  const all: JsonObject = {};
  for (const [name, { container, file }] of machine.containers) {
    if (file.container === undefined && container.groups.length === 0) continue;
    const state: JsonObject = {
      groups: container.groups.map(({ iommuGroup }) => machine.nameOfIommuGroup(iommuGroup)),
    };
    if (container.iommuDriver !== undefined) state['driver'] = container.iommuDriver.name;
    if (typeof container.iommuData === 'string') state['data'] = container.iommuData;
    all[name] = state;
  }
  return all;
}
