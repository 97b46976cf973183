// The module's start and end, where no trace goes: misuse by the embedder.
import { expect, test } from 'vitest';
import { Kernel } from '../../src/kernel/kernel.js';
import { Vfio } from '../../src/vfio/index.js';
import { CoreMachine, standardDriver } from './core-machine.js';

test('a module that is started can not be started again, and keeps what it has', () => {
  const { vfio } = new CoreMachine();
  vfio.registerIommuDriver(standardDriver());
  expect(() => vfio.init()).toThrow('EBUSY');
  expect(vfio.iommuDrivers).toHaveLength(1);
});

test('before the module is started there are no groups, and none can be made', () => {
  const vfio = new Vfio(new Kernel());
  const { device } = new CoreMachine();
  expect(vfio.groups).toBeUndefined();
  expect(vfio.groupMajor).toBeUndefined();
  expect(() => vfio.addGroupDevice(device, { name: 'ops' }, 0)).toThrow('has not been started');
});

test('drivers that register when init asks for their modules are there', () => {
  const asked: string[] = [];
  const kernel: Kernel = new Kernel({
    requestModule: (name) => {
      asked.push(name);
      vfio.registerIommuDriver(standardDriver({ name }));
    },
  });
  const vfio = new Vfio(kernel);
  vfio.init();
  expect(asked).toEqual(['vfio_iommu_type1', 'vfio_iommu_spapr_tce']);
  expect(vfio.iommuDrivers.map(({ name }) => name)).toEqual([...asked].reverse());
});

test('ending a module that has ended does nothing', () => {
  const { vfio, kernel } = new CoreMachine();
  vfio.exit();
  vfio.exit();
  expect(kernel.characterDevices.regions.size).toBe(1);
});
