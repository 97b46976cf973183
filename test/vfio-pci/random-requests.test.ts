import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as vfio from '../../src/uapi/vfio.js';
import { CONFIG, type OpenDevice } from './open-device.js';
import { controller, doubleController, edu, forgetful } from './test-functions.js';
import { TestMachine, type TestEventFd, port } from './test-machine.js';

const NAME = '0000:01:00.0';

type Step = (device: OpenDevice, eventFds: readonly TestEventFd[]) => unknown;

const fdIndex = fc.integer({ min: -3, max: 6 });

/** SET_IRQS that is mostly possible, with eventfds, other files, closed and negative descriptors. */
const setIrqs: fc.Arbitrary<Step> = fc
  .record({
    index: fc.integer({ min: 0, max: 5 }),
    data: fc.constantFrom(1, 2, 4, 4, 4, 3),
    action: fc.constantFrom(8, 16, 32, 32, 32, 40),
    start: fc.integer({ min: 0, max: 3 }),
    count: fc.integer({ min: 0, max: 4 }),
    fds: fc.array(fdIndex, { minLength: 4, maxLength: 4 }),
    bools: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 4, maxLength: 4 }),
  })
  .map(({ index, data, action, start, count, fds, bools }) => (device, eventFds) => {
    const chosen = fds.slice(0, count).map((i) => eventFds[i]?.fd ?? (i < 0 ? i : 900 + i));
    return device.setIrqs({
      index,
      flags: data | action,
      start,
      count,
      fds: data === 4 ? chosen : [],
      bools: data === 2 ? bools.slice(0, count) : [],
    });
  });

const configWrite: fc.Arbitrary<Step> = fc
  .tuple(fc.integer({ min: 0, max: 300 }), fc.uint8Array({ minLength: 1, maxLength: 9 }))
  .map(
    ([offset, bytes]) =>
      (device) =>
        device.write(CONFIG, offset, [...bytes]),
  );

/** To the registers that do something: command, power state, MSI, device control. */
const effectiveWrite: fc.Arbitrary<Step> = fc
  .tuple(fc.constantFrom(0x04, 0x42, 0x64, 0x72, 0x88, 0xcc), fc.integer({ min: 0, max: 0xffff }))
  .map(
    ([offset, value]) =>
      (device) =>
        device.writeNumber(CONFIG, offset, 2, value),
  );

const feature: fc.Arbitrary<Step> = fc
  .tuple(fc.constantFrom(3, 4, 5), fdIndex)
  .map(([number, i]) => (device, eventFds) => {
    const view = new DataView(new ArrayBuffer(16));
    const flags = vfio.VFIO_DEVICE_FEATURE_SET | number;
    vfio.DeviceFeature.encode(view, { argsz: 16, flags });
    vfio.LowPowerEntryWithWakeup.encode(view, { wakeupEventfd: eventFds[i]?.fd ?? i }, 8);
    return device.ioctl(vfio.VFIO_DEVICE_FEATURE, view);
  });

const ioEventFd: fc.Arbitrary<Step> = fc
  .tuple(fc.constantFrom(0, 8, 0x3ffe), fc.constantFrom(1, 2, 4, 8), fdIndex)
  .map(([offset, flags, i]) => (device, eventFds) => {
    const place = { offset: BigInt(offset), data: 1n };
    const fd = eventFds[i]?.fd ?? i;
    const view = vfio.DeviceIoEventFd.create({ argsz: 32, flags, fd, ...place });
    return device.ioctl(vfio.VFIO_DEVICE_IOEVENTFD, view);
  });

const signal: fc.Arbitrary<Step> = fdIndex.map((i) => (_device, eventFds) => eventFds[i]?.signal());

const deviceWrite: fc.Arbitrary<Step> = fc
  .tuple(fc.constantFrom(0x60, 0x64, 0x20), fc.integer({ min: 0, max: 255 }))
  .map(
    ([offset, value]) =>
      (device) =>
        device.writeNumber(0, offset, 4, value),
  );

const reset: fc.Arbitrary<Step> = fc.constant((device) => device.ioctl(vfio.VFIO_DEVICE_RESET, 0));

const steps = fc.array(
  fc.oneof(
    setIrqs,
    setIrqs,
    configWrite,
    effectiveWrite,
    feature,
    ioEventFd,
    signal,
    deviceWrite,
    reset,
  ),
  { maxLength: 60 },
);

test.each([
  ['edu', edu],
  ['controller', controller],
  ['doubleController', doubleController],
  ['forgetful', forgetful],
])('%s: whatever is asked of it, a use leaves nothing behind', (_name, description) => {
  fc.assert(
    fc.property(steps, (sequence) => {
      const machine = new TestMachine({ '0000:00:01.0': port, [NAME]: description });
      const first = machine.open(NAME);
      const pristine = first.read(CONFIG, 0, 256);
      const eventFds = [0, 1, 2, 3].map(() => machine.eventFd());
      for (const step of sequence) step(first, eventFds);
      first.close();
      expect(machine.files.holds).toBe(0);
      const { interrupts, power, enableCount } = machine.functionAt(NAME);
      expect([interrupts.kind, power.isSuspended, enableCount]).toEqual([undefined, true, 0]);
      const second = machine.open(NAME);
      expect(second.read(CONFIG, 0, 256)).toEqual(pristine);
      second.close();
      expect(machine.kernel.module('vfio_pci').references).toBe(0);
    }),
    { numRuns: 150 },
  );
});
