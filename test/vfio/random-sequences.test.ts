// Random sequences of calls: whatever is called in whatever order, the core's books and the caller's
// agree, nothing is called after its release, and in the end nothing is left.
//
// A failure prints its seed, path and the shortest sequence found. To run it again:
// UVFIO_SEED=… UVFIO_PATH=… npx vitest run test/vfio/random-sequences.test.ts
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sequences } from './model/commands.js';
import { checkInvariants } from './model/invariants.js';
import { steps } from './model/steps.js';
import { World } from './model/world.js';

const seed = Number(process.env['UVFIO_SEED'] ?? Date.now() % 2 ** 31);
const runs = Number(process.env['UVFIO_RUNS'] ?? 2000);
const path = process.env['UVFIO_PATH'];

test('books agree after every call, and nothing is left in the end', {
  timeout: 120_000,
}, async () => {
  console.info(`random sequences: UVFIO_SEED=${seed}, ${runs} runs`);
  const property = fc.asyncProperty(
    sequences(100),
    fc.array(fc.nat(99), { minLength: 1, maxLength: 10 }),
    async (commands, order) => {
      const world = new World();
      await fc.asyncModelRun(() => ({ model: world, real: world }), commands);
      await letGoOfEverything(world, order);
    },
  );
  await fc.assert(property, { seed, numRuns: runs, ...(path === undefined ? {} : { path }) });
});

const endings = steps.filter(({ name }) =>
  ['close', 'put external user', 'put device', 'unbind'].includes(name),
);

/** Closes, puts and unbinds in the order given, until there is nothing more to let go of. */
async function letGoOfEverything(world: World, order: readonly number[]): Promise<void> {
  for (let index = 0; ; index++) {
    const candidates = endings.flatMap((step) => step.candidates(world));
    if (candidates.length === 0) break;
    const choice = order[index % order.length] ?? 0;
    await candidates[choice % candidates.length]?.act(1);
    await world.runWhoCan();
    checkInvariants(world);
  }
  expect(world.vfio.groups?.size).toBe(0);
  expect(world.removals.size).toBe(0);
  expect(world.kernel.scheduler.sleeping).toEqual([]);
  expect(world.kernel.timers.nextDeadlineMs).toBe(Number.POSITIVE_INFINITY);
  expect(world.descriptors.openDescriptors).toEqual([]);
  expect(world.devices.filter(({ driverData }) => driverData !== undefined)).toEqual([]);
  expectLowestMinorIsFree(world);
  world.vfio.exit();
  expect(world.kernel.root.directoryAt('dev').get('vfio')).toBeUndefined();
}

function expectLowestMinorIsFree({ vfio, devices, task }: World): void {
  const [device] = devices;
  if (device === undefined) return;
  vfio.addGroupDevice(device, { name: 'last' }, 'data');
  expect([...(vfio.groups ?? [])].map(({ minor }) => minor)).toEqual([0]);
  expect(vfio.deleteGroupDevice(device, task)).toBe('data');
}
