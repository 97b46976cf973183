// Steps of the driver model and of time: binding, unbinding, signals, ticks.
import type { Device } from '../../../src/kernel/device.js';
import type { DeviceDriver } from '../../../src/kernel/driver.js';
import { LedgerDevice, ledgerDeviceOps } from './ledger-device.js';
import { attempt, candidate, type Step, step } from './step.js';
import { groupOf, type World } from './world.js';

export const busSteps: readonly Step[] = [
  step('bind to VFIO', 6, (world) =>
    unboundDevices(world).map((device) =>
      candidate(device.name, (choice) => bindToVfio(world, device, choice)),
    ),
  ),

  step('bind elsewhere', 1, (world) =>
    unboundDevices(world)
      .filter((device) => world.usersOf(groupOf(device)) === 0)
      .map((device) =>
        candidate(device.name, (choice) => {
          world.bus.bind(device, otherDriver(choice % 2 === 0 ? 'pci-stub' : 'native'));
        }),
      ),
  ),

  step('unbind', 2, (world) =>
    boundDevices(world).map((device) =>
      candidate(device.name, (choice) => unbind(world, device, choice % 5 === 0)),
    ),
  ),

  step('signal', 1, (world) =>
    [...world.removals].map(({ device, task }) =>
      candidate(`removal of ${device.name}`, () => {
        world.kernel.scheduler.signal(task);
        return undefined;
      }),
    ),
  ),

  step('tick', 2, (world) => [
    candidate('', async (choice) => {
      const { timers } = world.kernel;
      const target = timers.nowMs + 1000 * (choice % 25);
      while (timers.fireNext(target)) await world.runWhoCan();
      return undefined;
    }),
  ]),
];

function bindToVfio(world: World, device: Device, choice: number): number | undefined {
  const yieldsAt = choice % 4 === 3 ? undefined : choice % 4;
  const ledger = new LedgerDevice(device, choice % 2 === 0 ? undefined : yieldsAt, (yielding) => {
    const file = world.filesOf('device').find((open) => open.ledger === yielding);
    if (file !== undefined) world.close(file);
  });
  const driver: DeviceDriver = {
    name: 'vfio-model',
    probe: () => world.vfio.addGroupDevice(device, ledgerDeviceOps, ledger),
    remove(_device, task) {
      world.added.delete(device);
      const removed = (data: unknown): void => {
        if (data !== ledger) throw new Error('the data is not what was added');
        ledger.isRemoved = true;
      };
      const data = world.vfio.deleteGroupDevice(device, task);
      if (data instanceof Promise) return data.then(removed);
      removed(data);
    },
  };
  const result = attempt(() => world.bus.bind(device, driver));
  if (typeof result === 'number') return result;
  world.added.set(device, ledger);
  return undefined;
}

async function unbind(world: World, device: Device, hasSignal: boolean): Promise<undefined> {
  const task = world.newTask();
  if (hasSignal) task.setPendingSignal();
  const unbound = world.bus.unbind(device, task);
  if (unbound === undefined) return;
  const removal = { device, task, isDone: false };
  world.removals.add(removal);
  void unbound.then(() => {
    removal.isDone = true;
    world.removals.delete(removal);
  });
}

function otherDriver(name: string): DeviceDriver {
  return { name, probe: () => undefined, remove: () => undefined };
}

function unboundDevices(world: World): Device[] {
  return world.devices.filter((device) => device.driver === undefined);
}

function boundDevices(world: World): Device[] {
  const waiting = new Set([...world.removals].map(({ device }) => device));
  return world.devices.filter((device) => device.driver !== undefined && !waiting.has(device));
}
