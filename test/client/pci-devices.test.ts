import { devicesOfGroup, listPciDevices, pciDevice } from 'uvfio/client';
import { describe, expect, test } from 'vitest';
import { EDU, eduMachine } from './edu-machine.js';

describe('PCI devices in /sys', () => {
  test('are listed by address, with ids, driver and group', () => {
    const { system } = eduMachine();
    expect(listPciDevices(system).map(({ address, driver }) => [address, driver])).toEqual([
      [EDU, 'vfio-pci'],
      ['0000:00:06.0', 'vfio-pci'],
      ['0000:00:07.0', 'host'],
    ]);
    expect(pciDevice(system, EDU)).toEqual({
      address: EDU,
      vendorId: 0x1234,
      deviceId: 0x11e8,
      subsystemVendorId: 0x1af4,
      subsystemDeviceId: 0x1100,
      revision: 0x10,
      classCode: 0x00ff00,
      driver: 'vfio-pci',
      iommuGroup: 5,
    });
  });

  test('are found by their group', () => {
    const { system } = eduMachine();
    expect(devicesOfGroup(system, 6)).toEqual(['0000:00:06.0', '0000:00:07.0']);
    expect(() => devicesOfGroup(system, 9)).toThrow('/sys/kernel/iommu_groups/9/devices: ENOENT');
  });
});
