/**
 * Which capability each byte of configuration space belongs to, found once when a device is opened,
 * and the user's copy of what is virtual. Capabilities without permissions are taken out of the
 * copy's lists.
 */
import type { PciFunction } from '../../pci/function.js';
import * as regs from '../../uapi/pci-regs.js';
import { capabilityLength, extendedCapabilityLength } from './capability-length.js';
import { CompiledPermission } from './compiled-permission.js';
import {
  CAPABILITY_PERMISSIONS,
  EXTENDED_PERMISSIONS,
  HEADER_PERMISSION,
  msiPermission,
} from './permissions.js';

/** A capability as it lies in configuration space; the header counts as one. */
export interface MappedCapability {
  /** `PCI_CAP_ID_…`, `PCI_EXT_CAP_ID_…`, or which of the two that have no id. */
  readonly id: number | 'header' | 'placeholder';
  readonly isExtended: boolean;
  /** Offset of its first byte. */
  readonly start: number;
  readonly permission: CompiledPermission;
}

/** What the map is made of. */
export interface ConfigMap {
  /** By byte; undefined: nobody's, passes through. */
  readonly capabilities: readonly (MappedCapability | undefined)[];
  /** The user's copy of everything mapped. */
  readonly copy: DataView;
}

const HEADER: CompiledPermission = new CompiledPermission(HEADER_PERMISSION);
const NO_PERMISSION = new CompiledPermission({
  length: 4,
  access: 'read-only',
  registers: [],
});

/** Capabilities have at least four bytes: the most there can be in 192, and in 3840. */
const MAXIMUM_CAPABILITIES = (regs.PCI_CFG_SPACE_SIZE - regs.PCI_STD_HEADER_SIZEOF) / 4;
const MAXIMUM_EXTENDED = (regs.PCI_CFG_SPACE_EXP_SIZE - regs.PCI_CFG_SPACE_SIZE) / 4;

/** Maps a function's configuration space. */
export function mapConfig(pci: PciFunction): ConfigMap {
  const { config } = pci;
  const capabilities: (MappedCapability | undefined)[] = new Array(config.size).fill(undefined);
  const copy = new DataView(new ArrayBuffer(config.size));

  function claim(capability: MappedCapability, length: number): void {
    const end = Math.min(config.size, capability.start + length);
    for (let at = capability.start; at < end; at++) {
      capabilities[at] = capability;
      copy.setUint8(at, config.read(at, 1));
    }
  }

  claim(
    { id: 'header', isExtended: false, start: 0, permission: HEADER },
    regs.PCI_STD_HEADER_SIZEOF,
  );
  mapCapabilities(pci, copy, claim);
  if (hasExtendedCapabilities(pci)) mapExtendedCapabilities(pci, copy, claim);
  return { capabilities, copy };
}

type Claim = (capability: MappedCapability, length: number) => void;

function mapCapabilities({ config }: PciFunction, copy: DataView, claim: Claim): void {
  if ((config.read(regs.PCI_STATUS, 2) & regs.PCI_STATUS_CAP_LIST) === 0) return;
  let link = regs.PCI_CAPABILITY_LIST;
  let at = config.read(link, 1);
  let found = 0;
  for (let loops = MAXIMUM_CAPABILITIES; loops > 0; loops--) {
    if (at < regs.PCI_STD_HEADER_SIZEOF) break;
    const id = config.read(at, 1);
    const next = config.read(at + 1, 1);
    const permission = permissionOf(id, config.read(at + regs.PCI_MSI_FLAGS, 2));
    const length =
      permission?.length === 'variable' ? capabilityLength(config, id, at) : permission?.length;
    if (permission === undefined || length === undefined || length === 0) {
      copy.setUint8(link, next);
    } else {
      claim({ id, isExtended: false, start: at, permission }, length);
      if (id === regs.PCI_CAP_ID_PM) hidePowerEvents(copy, at);
      link = at + 1;
      found += 1;
    }
    at = next;
  }
  if (found > 0) return;
  const status = copy.getUint16(regs.PCI_STATUS, true);
  copy.setUint16(regs.PCI_STATUS, status & ~regs.PCI_STATUS_CAP_LIST, true);
}

function mapExtendedCapabilities({ config }: PciFunction, copy: DataView, claim: Claim): void {
  let previous: number | undefined;
  let at = regs.PCI_CFG_SPACE_SIZE;
  let found = 0;
  for (let loops = MAXIMUM_EXTENDED; at >= regs.PCI_CFG_SPACE_SIZE && loops > 0; loops--) {
    const header = config.read(at, 4);
    const id = header & 0xffff;
    const next = (header >>> 20) & 0xffc;
    const permission = extendedPermissions.get(id);
    const length =
      permission?.length === 'variable'
        ? extendedCapabilityLength(config, id, at)
        : permission?.length;
    if (permission !== undefined && length !== undefined && length > 0) {
      claim({ id, isExtended: true, start: at, permission }, length);
      previous = at;
      found += 1;
    } else if (previous !== undefined) {
      setNext(copy, previous, next);
    } else {
      // The first can't be skipped: it stays to hold the link, without an id.
      claim({ id: 'placeholder', isExtended: true, start: at, permission: NO_PERMISSION }, 4);
      copy.setUint32(at, (next << 20) >>> 0, true);
      previous = at;
    }
    at = next;
  }
  if (found === 0) copy.setUint32(regs.PCI_CFG_SPACE_SIZE, 0, true);
}

/** Linux looks for extended capabilities only where PCI Express or PCI-X 2.0 says there may be some. */
function hasExtendedCapabilities(pci: PciFunction): boolean {
  const { config } = pci;
  if (config.size === regs.PCI_CFG_SPACE_SIZE) return false;
  const pcix = pci.capability(regs.PCI_CAP_ID_PCIX);
  const isPcix2 = pcix !== undefined && capabilityLength(config, regs.PCI_CAP_ID_PCIX, pcix) === 24;
  return (pci.isExpress || isPcix2) && config.read(regs.PCI_CFG_SPACE_SIZE, 4) !== 0;
}

/** Power management events never show. */
function hidePowerEvents(copy: DataView, at: number): void {
  const capabilities = copy.getUint16(at + regs.PCI_PM_PMC, true);
  copy.setUint16(at + regs.PCI_PM_PMC, capabilities & ~regs.PCI_PM_CAP_PME_MASK, true);
  const control = copy.getUint16(at + regs.PCI_PM_CTRL, true);
  const events = regs.PCI_PM_CTRL_PME_ENABLE | regs.PCI_PM_CTRL_PME_STATUS;
  copy.setUint16(at + regs.PCI_PM_CTRL, control & ~events, true);
}

function setNext(copy: DataView, at: number, next: number): void {
  copy.setUint32(at, ((copy.getUint32(at, true) & 0x000f_ffff) | (next << 20)) >>> 0, true);
}

const permissions = compileAll(CAPABILITY_PERMISSIONS);
const extendedPermissions = compileAll(EXTENDED_PERMISSIONS);

function compileAll(table: typeof CAPABILITY_PERMISSIONS): ReadonlyMap<number, CompiledPermission> {
  return new Map([...table].map(([id, permission]) => [id, new CompiledPermission(permission)]));
}

function permissionOf(id: number, msiFlags: number): CompiledPermission | undefined {
  if (id === regs.PCI_CAP_ID_MSI) return new CompiledPermission(msiPermission(msiFlags));
  return permissions.get(id);
}
