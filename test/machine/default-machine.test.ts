import { Machine } from 'uvfio';
import { devicesOfGroup, listPciDevices } from 'uvfio/client';
import { describe, expect, test } from 'vitest';

describe('the default machine', () => {
  test('has an edu device and a card in groups of their own, and two cards in one group', () => {
    const task = new Machine().task();
    expect(
      listPciDevices(task).map(({ address, vendorId, deviceId, driver, iommuGroup }) => [
        address,
        `${vendorId.toString(16)}:${deviceId.toString(16)}`,
        driver,
        iommuGroup,
      ]),
    ).toEqual([
      ['0000:00:03.0', '1234:11e8', 'vfio-pci', 0],
      ['0000:00:04.0', '8086:100e', 'vfio-pci', 1],
      ['0000:00:1e.0', '1b36:e', undefined, 2],
      ['0000:01:01.0', '8086:100e', 'vfio-pci', 2],
      ['0000:01:02.0', '10ec:8139', 'vfio-pci', 2],
    ]);
    expect(devicesOfGroup(task, 2)).toHaveLength(3);
  });
});
