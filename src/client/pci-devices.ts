/** The PCI devices of a system and their IOMMU groups, as `/sys` shows them. */
import { Errno } from '../uapi/errno.js';
import { VfioError, checked } from './error.js';
import type { VfioSystem } from './system.js';

const DEVICES = '/sys/bus/pci/devices';

/** A PCI device as sysfs has it. */
export interface PciDeviceEntry {
  /** `0000:00:05.0` */
  readonly address: string;
  readonly vendorId: number;
  readonly deviceId: number;
  readonly subsystemVendorId: number;
  readonly subsystemDeviceId: number;
  readonly revision: number;
  /** Base class, subclass and programming interface: 0x010802 is NVMe. */
  readonly classCode: number;
  /** The driver it is bound to, if any. */
  readonly driver: string | undefined;
  /** The number of its IOMMU group, if it is in one. */
  readonly iommuGroup: number | undefined;
}

/** All PCI devices, by address. Empty where there is no PCI. @throws VfioError */
export function listPciDevices(system: VfioSystem): PciDeviceEntry[] {
  const names = system.readdir(DEVICES);
  if (names === -Errno.ENOENT) return [];
  return checked<string[]>(`readdir of ${DEVICES}`, names)
    .sort()
    .map((address) => pciDevice(system, address));
}

/** The PCI device at an address. @throws VfioError: ENOENT when there is none */
export function pciDevice(system: VfioSystem, address: string): PciDeviceEntry {
  const number = (name: string): number => readNumber(system, `${DEVICES}/${address}/${name}`);
  const group = linkName(system, `${DEVICES}/${address}/iommu_group`);
  return {
    address,
    vendorId: number('vendor'),
    deviceId: number('device'),
    subsystemVendorId: number('subsystem_vendor'),
    subsystemDeviceId: number('subsystem_device'),
    revision: number('revision'),
    classCode: number('class'),
    driver: linkName(system, `${DEVICES}/${address}/driver`),
    iommuGroup: group === undefined ? undefined : Number(group),
  };
}

/** The addresses of the devices in an IOMMU group. @throws VfioError: ENOENT when there is no such group */
export function devicesOfGroup(system: VfioSystem, group: number): string[] {
  const path = `/sys/kernel/iommu_groups/${group}/devices`;
  return checked<string[]>(`readdir of ${path}`, system.readdir(path)).sort();
}

const decoder = new TextDecoder();

function readNumber(system: VfioSystem, path: string): number {
  const text = decoder.decode(checked<Uint8Array>(`read of ${path}`, system.readFile(path))).trim();
  const number = Number(text);
  if (text === '' || Number.isNaN(number)) {
    throw new VfioError(`read of ${path}`, Errno.EIO, { EIO: `'${text}' is no number` });
  }
  return number;
}

/** What a link is called at its other end, or undefined when there is none. */
function linkName(system: VfioSystem, path: string): string | undefined {
  const target = system.readlink(path);
  if (target === -Errno.ENOENT) return undefined;
  return checked<string>(`readlink of ${path}`, target).split('/').at(-1);
}
