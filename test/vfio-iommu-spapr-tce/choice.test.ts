import { expect, test } from 'vitest';
import { Machine } from '../../src/machine.js';
import { Errno } from '../../src/uapi/errno.js';
import { O_RDWR } from '../../src/uapi/file.js';
import {
  VFIO_CHECK_EXTENSION,
  VFIO_GROUP_SET_CONTAINER,
  VFIO_IOMMU_ENABLE,
  VFIO_SET_IOMMU,
  VFIO_SPAPR_TCE_IOMMU,
  VFIO_SPAPR_TCE_v2_IOMMU,
  VFIO_TYPE1v2_IOMMU,
} from '../../src/uapi/vfio.js';

/** A container with one group, on a machine that has both back ends. */
function openContainer() {
  const task = new Machine({
    iommu: { types: ['type1', 'spapr-tce'] },
    devices: [{ model: 'edu' }],
  }).task();
  const container = task.open('/dev/vfio/vfio', O_RDWR);
  const names = task.readdir('/dev/vfio');
  const group = Array.isArray(names) ? names.find((name) => name !== 'vfio') : undefined;
  const argument = new DataView(new ArrayBuffer(4));
  argument.setInt32(0, container, true);
  task.ioctl(task.open(`/dev/vfio/${group}`, O_RDWR), VFIO_GROUP_SET_CONTAINER, argument);
  return (command: number, value: number) => task.ioctl(container, command, value);
}

test.each([VFIO_TYPE1v2_IOMMU, VFIO_SPAPR_TCE_IOMMU, VFIO_SPAPR_TCE_v2_IOMMU])(
  'a client can choose IOMMU %i, and then no other',
  (type) => {
    const ioctl = openContainer();
    expect([ioctl(VFIO_CHECK_EXTENSION, type), ioctl(VFIO_SET_IOMMU, type)]).toEqual([1, 0]);
    expect(ioctl(VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU)).toBe(-Errno.EINVAL);
  },
);

test('requests go to the back end that was chosen', () => {
  const ioctl = openContainer();
  ioctl(VFIO_SET_IOMMU, VFIO_SPAPR_TCE_IOMMU);
  expect(ioctl(VFIO_IOMMU_ENABLE, 0)).toBe(0);
});
