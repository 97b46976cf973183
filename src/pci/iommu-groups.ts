/**
 * IOMMU groups of PCI functions by topology (`pci_device_group`): functions share one when an IOMMU
 * can't tell their accesses apart, or when they can reach each other without passing it.
 */
import { IommuGroup, iommuGroupOf } from '../iommu/iommu-group.js';
import type { FaultPoints } from '../kernel/faults.js';
import {
  PCI_ACS_CR,
  PCI_ACS_CTRL,
  PCI_ACS_RR,
  PCI_ACS_SV,
  PCI_ACS_UF,
  PCI_EXT_CAP_ID_ACS,
} from '../uapi/pci-regs.js';
import type { PciFunction } from './function.js';

/** What a port has to do for the functions behind it to be kept apart. */
const REQUIRED_ACS = PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF;

/** The groups of one machine. */
export class PciIommuGroups {
  /** Called when a group is made. */
  onGroup: ((group: IommuGroup) => void) | undefined;
  readonly #faults: FaultPoints;
  readonly #byKey = new Map<number | string, IommuGroup>();
  readonly #byId = new Map<number, IommuGroup>();
  readonly #reserved: ReadonlySet<number>;

  /** @param reserved numbers that plans name, which no other group is given */
  constructor(faults: FaultPoints, reserved: ReadonlySet<number>) {
    this.#faults = faults;
    this.#reserved = reserved;
  }

  /** All groups, by number. */
  get groups(): ReadonlyMap<number, IommuGroup> {
    return this.#byId;
  }

  /** Puts a function into its group; `key` says which, else the topology does. */
  add(member: PciFunction, key: number | string | undefined): void {
    this.#groupFor(member, key).addDevice(member.device);
  }

  /** Takes a function out of its group. The group stays for when it comes back. */
  remove(member: PciFunction): void {
    iommuGroupOf(member.device)?.removeDevice(member.device);
  }

  #groupFor(member: PciFunction, key: number | string | undefined): IommuGroup {
    if (key !== undefined) {
      const id = typeof key === 'number' ? key : undefined;
      return this.#byKey.get(key) ?? this.#keep(key, this.#create(id));
    }
    const shared = sharedGroup(member);
    if (shared !== undefined) return shared;
    // A function that comes back after its removal finds the group it was in.
    const place = member.device.name;
    return this.#byKey.get(place) ?? this.#keep(place, this.#create(undefined));
  }

  #keep(key: number | string, group: IommuGroup): IommuGroup {
    this.#byKey.set(key, group);
    return group;
  }

  #create(wanted: number | undefined): IommuGroup {
    let id = wanted ?? 0;
    while (wanted === undefined && (this.#byId.has(id) || this.#reserved.has(id))) id += 1;
    const existing = this.#byId.get(id);
    if (existing !== undefined) return existing;
    const group = new IommuGroup(id, this.#faults);
    this.#byId.set(id, group);
    this.onGroup?.(group);
    return group;
  }
}

/** The group of a function that this one can't be told apart from, if there is one. */
function sharedGroup(member: PciFunction): IommuGroup | undefined {
  const alias = conventionalBridgeAbove(member);
  const aliasGroup = alias === undefined ? undefined : iommuGroupOf(alias.device);
  if (aliasGroup !== undefined) return aliasGroup;
  for (let port = (alias ?? member).bus.bridge; port !== undefined; port = port.bus.bridge) {
    if (isPathIsolated(port)) break;
    const group = iommuGroupOf(port.device);
    if (group !== undefined) return group;
  }
  for (const other of member.bus.functions) {
    if (other === member || other.address.slot !== member.address.slot) continue;
    const group = hasIsolation(other) ? undefined : iommuGroupOf(other.device);
    if (group !== undefined && !hasIsolation(member)) return group;
  }
  return undefined;
}

/** The topmost bridge to conventional PCI above: all accesses from behind bear its name. */
function conventionalBridgeAbove(member: PciFunction): PciFunction | undefined {
  let found: PciFunction | undefined;
  for (let bridge = member.bus.bridge; bridge !== undefined; bridge = bridge.bus.bridge) {
    if (bridge.description.bridge?.isolatesFunctions === false) found = bridge;
  }
  return found;
}

function isPathIsolated(port: PciFunction): boolean {
  for (let at: PciFunction | undefined = port; at !== undefined; at = at.bus.bridge) {
    if (!hasIsolation(at)) return false;
  }
  return true;
}

/** Whether access control services keep a function, or what is behind it, apart. */
function hasIsolation(member: PciFunction): boolean {
  const capability = member.extendedCapability(PCI_EXT_CAP_ID_ACS);
  if (capability === undefined) return false;
  const control = member.config.read(capability + PCI_ACS_CTRL, 2);
  return (control & REQUIRED_ACS) === REQUIRED_ACS;
}
