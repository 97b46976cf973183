// The demo itself: finds the educational device, takes it over through VFIO, has it compute, copy and
// interrupt, and gives it back. It knows only the system it is given: the same tour runs on Linux's
// own VFIO, under `uvfio run`, and in-process.

import {
  Container,
  devicesOfGroup,
  Group,
  listPciDevices,
  type PciDeviceEntry,
  type VfioDevice,
  type VfioSystem,
} from 'uvfio/client';
import { Edu } from './edu.js';
import { BUFFER_SIZE, EDU_DEVICE_ID, EDU_VENDOR_ID } from './edu-registers.js';
import { formatSize, hex, type Report } from './report.js';

/** Where the device sees the demo's memory: within the 28 bits of address that it has. */
const IOVA = 0x0800_0000n;

/** Names of the classes of PCI devices that are in the default machine (PCI ids, `C` lines). */
const CLASS_NAMES: Readonly<Record<number, string>> = {
  255: 'unclassified device',
  512: 'Ethernet controller',
  1540: 'PCI bridge',
};

/** IOMMU types as `linux/vfio.h` names them. */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'VFIO_TYPE1_IOMMU',
  3: 'VFIO_TYPE1v2_IOMMU',
};

const REGION_NAMES = ['BAR 0', 'BAR 1', 'BAR 2', 'BAR 3', 'BAR 4', 'BAR 5', 'ROM', 'config', 'VGA'];

/** Takes the tour. Throws when anything is not as it should be; nothing stays open then either. */
export function tour(system: VfioSystem, report: Report): void {
  const { address, iommuGroup } = findEdu(system, report);
  if (iommuGroup === undefined) throw new Error(`${address} is in no IOMMU group`);
  using container = Container.open(system);
  using group = Group.open(system, iommuGroup);
  setUpGroup(system, report, container, group);
  using device = group.openDevice(address);
  showDevice(report, device);
  drive(system, report, container, device);
  report.section('Giving it back');
  device.close();
  group.unsetContainer();
  const { isViable, hasContainer } = group.status();
  report.line('group', `viable: ${yesOrNo(isViable)}, in a container: ${yesOrNo(hasContainer)}`);
  group.close();
  container.close();
  report.line('closed', 'device, group, container');
}

function findEdu(system: VfioSystem, report: Report): PciDeviceEntry {
  const devices = listPciDevices(system);
  const edu = devices.find(
    ({ vendorId, deviceId }) => vendorId === EDU_VENDOR_ID && deviceId === EDU_DEVICE_ID,
  );
  report.section('PCI devices, as /sys has them');
  report.rows(
    devices.map((device) => [
      device.address,
      `${id(device.vendorId)}:${id(device.deviceId)}`,
      CLASS_NAMES[device.classCode >> 8] ?? `class ${hex(device.classCode, 6)}`,
      device.iommuGroup === undefined ? 'no group' : `group ${device.iommuGroup}`,
      device.driver ?? 'no driver',
      device === edu ? '<- the one we drive' : '',
    ]),
  );
  if (edu === undefined) {
    throw new Error('there is no edu device here: start the demo with `npm run demo`');
  }
  return edu;
}

function setUpGroup(system: VfioSystem, report: Report, container: Container, group: Group): void {
  report.section(`IOMMU group ${group.id}`);
  report.line('members', devicesOfGroup(system, group.id).join(', '));
  const { isViable } = group.status();
  report.line('viable', isViable ? 'yes: vfio-pci or nothing drives its members' : 'no');
  group.setContainer(container);
  const type = container.setType1Iommu();
  const { pageSizes, iovaRanges, availableMappings } = container.iommuInfo();
  report.line(
    'IOMMU',
    `${TYPE_NAMES[type] ?? type}, pages from ${formatSize(smallestPage(pageSizes))}`,
  );
  for (const { start, end } of iovaRanges) report.line('', `IOVA ${hex(start)} to ${hex(end)}`);
  if (availableMappings !== undefined) report.line('', `up to ${availableMappings} mappings`);
}

function showDevice(report: Report, device: VfioDevice): void {
  report.section(`Device ${device.name}`);
  for (let index = 0; index < device.regionCount; index++) {
    const region = index === 8 ? undefined : device.region(index);
    if (region === undefined || region.size === 0) continue;
    const access = region.mappableAreas.length > 0 ? 'mappable' : 'by system calls';
    report.line(REGION_NAMES[index] ?? `region ${index}`, `${formatSize(region.size)}, ${access}`);
  }
  for (const irq of [device.intx, device.msi, device.msix]) {
    if (irq.count > 0) report.line(irq.name, `${irq.count} vector${irq.count > 1 ? 's' : ''}`);
  }
}

function drive(system: VfioSystem, report: Report, container: Container, device: VfioDevice): void {
  const edu = new Edu(system, device);
  try {
    report.section('At work');
    report.line('version', edu.version());
    const question = 0x1234_5678;
    const answer = edu.invert(question);
    expectEqual('the complement', answer, ~question >>> 0);
    report.line('liveness', `~${hex(question)} = ${hex(answer)}`);
    const product = edu.factorial(10);
    expectEqual('the factorial', product, 3_628_800);
    report.line('factorial', `10! = ${product}, told by an MSI through an eventfd`);
    copyThroughDevice(report, container, edu);
  } finally {
    edu.close();
  }
}

/** Memory to the device and back to other memory; every byte has to be the one that was sent. */
function copyThroughDevice(report: Report, container: Container, edu: Edu): void {
  const source = container.allocate({ length: BUFFER_SIZE, iova: IOVA, access: 'read' });
  const targetIova = IOVA + BigInt(BUFFER_SIZE);
  const target = container.allocate({ length: BUFFER_SIZE, iova: targetIova, access: 'write' });
  try {
    for (let i = 0; i < BUFFER_SIZE; i++) source.bytes[i] = (i * 31 + (i >> 8)) & 0xff;
    edu.load(source.iova, BUFFER_SIZE);
    edu.store(target.iova, BUFFER_SIZE);
    for (let i = 0; i < BUFFER_SIZE; i++) {
      expectEqual(`byte ${i} after DMA`, target.bytes[i] ?? -1, source.bytes[i] ?? -2);
    }
    const places = `${hex(source.iova)} -> device -> ${hex(target.iova)}`;
    report.line('DMA', `${places}: ${BUFFER_SIZE} of ${BUFFER_SIZE} bytes are right`);
  } finally {
    target.release();
    source.release();
  }
}

function expectEqual(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`${what} is ${hex(actual)}, not ${hex(expected)}`);
}

function smallestPage(pageSizes: bigint): number {
  return Number(pageSizes & -pageSizes);
}

function id(value: number): string {
  return value.toString(16).padStart(4, '0');
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
