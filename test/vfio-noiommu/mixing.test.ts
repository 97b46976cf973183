// A container has groups behind an IOMMU or groups without one, and only drivers that are for them.
import { beforeEach, expect, test } from 'vitest';
import { IommuGroup } from '../../src/iommu/iommu-group.js';
import { Device } from '../../src/kernel/device.js';
import type { File } from '../../src/kernel/file.js';
import { Errno } from '../../src/uapi/errno.js';
import {
  VFIO_CHECK_EXTENSION,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_NOIOMMU_IOMMU,
  VFIO_SET_IOMMU,
} from '../../src/uapi/vfio.js';
import { initNoIommu } from '../../src/vfio-noiommu/index.js';
import { CoreMachine, EXTENSION, GROUP_ID, standardDriver } from '../vfio/core-machine.js';

let machine: CoreMachine;
let container: File;

beforeEach(() => {
  machine = new CoreMachine();
  const ioctl = (_data: unknown, _task: unknown, _command: number, argument: number): number =>
    argument === EXTENSION ? 1 : 0;
  machine.vfio.registerIommuDriver(standardDriver({ ioctl }));
  initNoIommu(machine.kernel, machine.vfio, { isEnabled: true });
  machine.vfio.addGroupDevice(machine.device, { name: 'test' }, 'data');
  const alone = new Device('0000:02:00.0');
  new IommuGroup(0, machine.kernel.faults, { isTranslated: false }).addDevice(alone);
  machine.vfio.addGroupDevice(alone, { name: 'test' }, 'data');
  container = machine.open('/dev/vfio/vfio');
});

function join(name: string): number {
  const fd = machine.descriptors.openDescriptors.find(
    (one) => machine.descriptors.get(one) === container,
  );
  const group = machine.open(`/dev/vfio/${name}`);
  return machine.ioctl(group, VFIO_GROUP_SET_CONTAINER, { int: fd ?? -1 });
}

const supports = (extension: number) => machine.ioctl(container, VFIO_CHECK_EXTENSION, extension);
const setIommu = (type: number) => machine.ioctl(container, VFIO_SET_IOMMU, type);

test('an empty container is offered every driver', () => {
  expect([supports(EXTENSION), supports(VFIO_NOIOMMU_IOMMU)]).toEqual([1, 1]);
});

test('with a group without IOMMU, only vfio-noiommu is: others are ENODEV', () => {
  expect(join('noiommu-0')).toBe(0);
  expect([supports(EXTENSION), supports(VFIO_NOIOMMU_IOMMU)]).toEqual([0, 1]);
  expect([setIommu(EXTENSION), setIommu(VFIO_NOIOMMU_IOMMU)]).toEqual([-Errno.ENODEV, 0]);
});

test('with a group behind an IOMMU, vfio-noiommu is not', () => {
  expect(join(`${GROUP_ID}`)).toBe(0);
  expect([supports(EXTENSION), supports(VFIO_NOIOMMU_IOMMU)]).toEqual([1, 0]);
  expect([setIommu(VFIO_NOIOMMU_IOMMU), setIommu(EXTENSION)]).toEqual([-Errno.ENODEV, 0]);
});

test.each([
  ['noiommu-0', `${GROUP_ID}`],
  [`${GROUP_ID}`, 'noiommu-0'],
])('when %s is in it, %s is refused with EPERM', (first, second) => {
  expect(join(first)).toBe(0);
  expect(join(second)).toBe(-Errno.EPERM);
});
