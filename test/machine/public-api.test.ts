import type { Machine, MachineDescription, MachinePlan, MachineTask } from 'uvfio';
import type { VfioSystem } from 'uvfio/client';
import type { DeviceModelFactory } from 'uvfio/device';
import { describe, expectTypeOf, test } from 'vitest';

describe('the types of the public API', () => {
  test('a task of a machine is a system for the client', () => {
    expectTypeOf<MachineTask>().toExtend<VfioSystem>();
  });

  test('a machine is made from a description, a plan or nothing', () => {
    type First = ConstructorParameters<typeof Machine>[0];
    expectTypeOf<First>().toEqualTypeOf<MachineDescription | MachinePlan | undefined>();
  });

  test('a device names a model or brings its own, and has options of any name', () => {
    type Device = MachineDescription['devices'][number];
    expectTypeOf<Device['model']>().toEqualTypeOf<string | DeviceModelFactory>();
    expectTypeOf<{ model: 'edu'; 'dma-mask': number }>().toExtend<Device>();
    expectTypeOf<{ addr: string }>().not.toExtend<Device>();
  });

  test('only a write can sleep', () => {
    expectTypeOf<MachineTask['write']>().returns.toEqualTypeOf<number | Promise<number>>();
    expectTypeOf<MachineTask['ioctl']>().returns.toEqualTypeOf<number>();
    expectTypeOf<MachineTask['pwrite']>().returns.toEqualTypeOf<number>();
  });
});
