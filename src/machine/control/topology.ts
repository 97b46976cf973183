/** What is in a machine and who uses it, as plain data: what `uvfio ls` shows. */
import { iommuGroupOf } from '../../iommu/iommu-group.js';
import type { File } from '../../kernel/file.js';
import type { PciFunction } from '../../pci/function.js';
import type { InterruptKind } from '../../pci/interrupts.js';
import type { Pci } from '../../pci/pci.js';
import { hex } from '../../pci/pci-address.js';
import { DeviceFile, GroupFile, type Group, type Vfio } from '../../vfio/index.js';
import { isGroupViable } from '../../vfio/viability.js';

/** A process, and one file of the machine that it has open or mapped. */
export interface OpenFileHolder {
  readonly pid: number;
  /** The command name, as `ps` shows it. */
  readonly program: string;
  readonly file: File;
}

/** A process that has something open. */
export interface Holder {
  readonly pid: number;
  readonly program: string;
}

export interface DeviceState {
  /** `0000:00:05.0` */
  readonly address: string;
  /** The bridge it is behind. */
  readonly bridge?: string;
  readonly model: string;
  /** Vendor and device, `1234:11e8`. */
  readonly id: string;
  /** Base class, subclass and programming interface, `010802`. */
  readonly class: string;
  readonly driver?: string;
  readonly group?: number;
  /** Whether its driver has been asked to let go of it, and waits for its user. */
  readonly isLeaving: boolean;
  /** The interrupts that are enabled. */
  readonly interrupts?: { readonly kind: InterruptKind; readonly count: number };
  readonly holders: readonly Holder[];
}

export interface GroupState {
  readonly id: number;
  /** `/dev/vfio/5`, while a device of it is bound to vfio-pci. */
  readonly node?: string;
  readonly isViable: boolean;
  /** The IOMMU driver of the container it is in; empty before one is set. */
  readonly container?: string;
  readonly devices: readonly string[];
  readonly holders: readonly Holder[];
}

export interface Topology {
  readonly groups: readonly GroupState[];
  /** In the order of a scan: a bus whole, then those behind its bridges. */
  readonly devices: readonly DeviceState[];
}

export interface TopologyParts {
  readonly pci: Pci;
  readonly vfio: Vfio;
  /** What programs have open. */
  readonly openFiles: readonly OpenFileHolder[];
}

export function topologyOf({ pci, vfio, openFiles }: TopologyParts): Topology {
  const holders = new Holders(openFiles);
  const members = new Map<number, PciFunction[]>();
  for (const member of pci.functions) {
    const id = iommuGroupOf(member.device)?.id;
    if (id !== undefined) members.set(id, [...(members.get(id) ?? []), member]);
  }
  const groups = [...members].sort(([a], [b]) => a - b);
  return {
    groups: groups.map(([id, functions]) => groupState(id, functions, vfio, holders)),
    devices: pci.functions.map((member) => deviceState(member, pci, holders)),
  };
}

function groupState(
  id: number,
  members: readonly PciFunction[],
  vfio: Vfio,
  holders: Holders,
): GroupState {
  const group = [...(vfio.groups ?? [])].find(({ iommuGroup }) => iommuGroup.id === id);
  const devices = members.map(({ device }) => device.name);
  if (group === undefined) return { id, isViable: false, devices, holders: [] };
  const { container } = group;
  return {
    id,
    node: `/dev/vfio/${id}`,
    isViable: isGroupViable(group),
    ...(container === undefined ? {} : { container: container.iommuDriver?.name ?? '' }),
    devices,
    holders: holders.ofGroup(group),
  };
}

function deviceState(member: PciFunction, pci: Pci, holders: Holders): DeviceState {
  const { device, description, interrupts, bus } = member;
  const { vendor, device: deviceId } = description.identity;
  const group = iommuGroupOf(device)?.id;
  return {
    address: device.name,
    ...(bus.bridge === undefined ? {} : { bridge: bus.bridge.device.name }),
    model: description.model,
    id: `${hex(vendor, 4)}:${hex(deviceId, 4)}`,
    class: hex(member.class, 6),
    ...(device.driver === undefined ? {} : { driver: device.driver.name }),
    ...(group === undefined ? {} : { group }),
    isLeaving: pci.bus.unbindingOf(device) !== undefined,
    ...(interrupts.kind === undefined
      ? {}
      : { interrupts: { kind: interrupts.kind, count: interrupts.count } }),
    holders: holders.ofDevice(device.name),
  };
}

/** Holders by what they hold; a process counts once for each thing. */
class Holders {
  readonly #openFiles: readonly OpenFileHolder[];

  constructor(openFiles: readonly OpenFileHolder[]) {
    this.#openFiles = openFiles;
  }

  ofGroup(group: Group): Holder[] {
    return this.#having((file) => file instanceof GroupFile && file.group === group);
  }

  ofDevice(name: string): Holder[] {
    return this.#having((file) => file instanceof DeviceFile && file.device.device.name === name);
  }

  #having(isIt: (operations: File['operations']) => boolean): Holder[] {
    const byPid = new Map<number, Holder>();
    for (const { pid, program, file } of this.#openFiles) {
      if (isIt(file.operations)) byPid.set(pid, { pid, program });
    }
    return [...byPid.values()].sort((a, b) => a.pid - b.pid);
  }
}
