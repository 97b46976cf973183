import { Attachment, Container, Group } from 'uvfio/client';
import { describe, expect, test } from 'vitest';
import { VFIO_TYPE1_IOMMU } from '../../src/uapi/vfio.js';
import { EDU, eduMachine } from './edu-machine.js';

describe('an attachment', () => {
  test('opens container, group and device, and closes them', () => {
    const { machine, system } = eduMachine();
    const edu = Attachment.open(system, EDU);
    expect(edu.group.status()).toEqual({ isViable: true, hasContainer: true });
    expect(machine.openFiles.map(({ name }) => name)).toEqual([
      '/dev/vfio/vfio',
      '/dev/vfio/5',
      'anon_inode:[vfio-device]',
    ]);
    edu.close();
    edu.close();
    expect(machine.openFiles).toEqual([]);
  });

  test('takes the IOMMU type it is told', () => {
    const { system } = eduMachine();
    using edu = Attachment.open(system, EDU, { iommuType: VFIO_TYPE1_IOMMU });
    expect(edu.device.name).toBe(EDU);
  });

  test.each([
    [
      '0000:00:1f.0',
      'read of /sys/bus/pci/devices/0000:00:1f.0/vendor: ENOENT: there is no such file',
    ],
    [
      '0000:00:06.0',
      'VFIO_GROUP_GET_DEVICE_FD of 0000:00:06.0: EINVAL: group 6 is not viable: bind all of its devices to vfio-pci, or to no driver',
    ],
  ])('of %s fails by name, and leaves nothing open', (address, message) => {
    const { machine, system } = eduMachine();
    expect(() => Attachment.open(system, address)).toThrow(message);
    expect(machine.openFiles).toEqual([]);
  });

  test('of a device in use says so', () => {
    const { machine, system } = eduMachine();
    using _first = Attachment.open(system, EDU);
    const other = machine.task();
    expect(() => Attachment.open(other, EDU)).toThrow(
      'open /dev/vfio/5: EBUSY: another program has the group open',
    );
    expect(other.openFiles).toEqual([]);
  });
});

describe('a container', () => {
  test('refuses an IOMMU type before it has a group', () => {
    const { system } = eduMachine();
    using container = Container.open(system);
    expect(() => container.setIommu(VFIO_TYPE1_IOMMU)).toThrow(
      'VFIO_SET_IOMMU: EINVAL: the container has no group yet, or has an IOMMU type already',
    );
  });

  test('takes a type that there is after one that there is not', () => {
    const { system } = eduMachine();
    using container = Container.open(system);
    using group = Group.open(system, 5);
    group.setContainer(container);
    expect(() => container.setIommu(999)).toThrow('VFIO_SET_IOMMU: ENODEV');
    container.setType1Iommu();
    const { pageSizes, iovaRanges, availableMappings } = container.iommuInfo();
    expect(pageSizes & 4096n).toBe(4096n);
    expect(iovaRanges[0]?.start).toBe(0n);
    expect(availableMappings).toBe(65535);
  });

  test('gives its group back', () => {
    const { system } = eduMachine();
    using container = Container.open(system);
    using group = Group.open(system, 5);
    expect(() => group.unsetContainer()).toThrow('EINVAL: group 5 is in no container');
    group.setContainer(container);
    group.unsetContainer();
    expect(group.status().hasContainer).toBe(false);
  });
});
