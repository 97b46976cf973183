// What a group that does not come to be leaves behind: nothing that goes on hearing news.
import { expect, test } from 'vitest';
import { CoreMachine } from './core-machine.js';

test('the loser of a race on creation hears no more news', () => {
  const { vfio, iommuGroup, device } = new CoreMachine();
  const loser = vfio.groups?.prepare(iommuGroup);
  vfio.addGroupDevice(device, { name: 'ops' }, 'data');
  expect(iommuGroup.notifierCount).toBe(2);
  if (loser !== undefined) expect(vfio.groups?.publish(loser)).toBe(vfio.groups?.find(iommuGroup));
  expect(iommuGroup.notifierCount).toBe(1);
});

test.each(['kzalloc', 'iommu_group_register_notifier', 'idr_alloc', 'device_create'])(
  'a group whose creation fails in %s hears no news',
  (site) => {
    const { kernel, vfio, iommuGroup, device } = new CoreMachine();
    kernel.faults.arm(site);
    expect(() => vfio.addGroupDevice(device, { name: 'ops' }, 'data')).toThrow();
    expect(iommuGroup.notifierCount).toBe(0);
    expect(vfio.groups?.size).toBe(0);
  },
);

test('a group that ends hears no more news', () => {
  const { vfio, iommuGroup, device, task } = new CoreMachine();
  vfio.addGroupDevice(device, { name: 'ops' }, 'data');
  void vfio.deleteGroupDevice(device, task);
  expect(iommuGroup.notifierCount).toBe(0);
});
