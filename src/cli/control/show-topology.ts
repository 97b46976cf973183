/** A machine as a tree: groups, their devices, drivers, and who holds what. */
import type { About } from '../../host/control/control-protocol.js';
import type { DeviceState, GroupState, Holder, Topology } from '../../machine/control/topology.js';
import { colorsFor } from '../colors.js';

const pc = colorsFor(process.stdout);

interface Branch {
  readonly text: string;
  readonly children: readonly Branch[];
}

/** Lines for one machine. @param nowMs the time, in milliseconds since 1970 */
export function showMachine(about: About, topology: Topology, nowMs: number): string[] {
  const byAddress = new Map(topology.devices.map((device) => [device.address, device]));
  const inGroups = topology.groups.map((group) => groupBranch(group, byAddress));
  const without = topology.devices.filter(({ group }) => group === undefined);
  const rest: Branch[] =
    without.length === 0
      ? []
      : [{ text: 'in no group', children: without.map((device) => deviceBranch(device)) }];
  const age = duration(nowMs - Date.parse(about.started));
  const text = `${pc.bold(`machine ${about.pid}`)}: ${about.command.join(' ')} (${age})`;
  return lines({ text, children: [...inGroups, ...rest] });
}

function groupBranch(group: GroupState, devices: ReadonlyMap<string, DeviceState>): Branch {
  const members = group.devices.flatMap((address) => devices.get(address) ?? []);
  const facts = [pc.cyan(`group ${group.id}`)];
  if (group.node === undefined) facts.push('no device bound to vfio-pci');
  else facts.push(group.node);
  if (group.node !== undefined && !group.isViable) {
    const others = members.filter(({ driver }) => driver !== undefined && driver !== 'vfio-pci');
    const why = others.map(({ driver, address }) => `${driver} has ${address}`).join(', ');
    facts.push(pc.red(`not viable: ${why}`));
  }
  if (group.container !== undefined) facts.push(group.container || 'container without IOMMU');
  return { text: join(facts, group.holders), children: members.map(deviceBranch) };
}

function deviceBranch(device: DeviceState): Branch {
  const { address, model, id, driver, interrupts, isLeaving, bridge, holders } = device;
  const facts = [address, `${model} [${id}]`, driver ?? pc.dim('no driver')];
  if (bridge !== undefined) facts.push(`behind ${bridge}`);
  if (interrupts !== undefined) facts.push(`${interrupts.kind} ×${interrupts.count}`);
  if (isLeaving) facts.push(pc.yellow('waits to be let go'));
  return { text: join(facts, holders), children: [] };
}

function join(facts: readonly string[], holders: readonly Holder[]): string {
  return [...facts, ...(holders.length === 0 ? [] : [`held by ${showHolders(holders)}`])].join(
    '  ',
  );
}

/** `qemu-img (1234), dpdk-testpmd (1235)` */
export function showHolders(holders: readonly Holder[]): string {
  return holders.map(({ pid, program }) => `${pc.green(program)} (${pid})`).join(', ');
}

function lines({ text, children }: Branch): string[] {
  const below = children.flatMap((child, index) => {
    const isLast = index === children.length - 1;
    const [first = '', ...more] = lines(child);
    return [
      `${isLast ? '└─' : '├─'} ${first}`,
      ...more.map((line) => `${isLast ? '  ' : '│ '} ${line}`),
    ];
  });
  return [text, ...below];
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
