import { describe, expect, test } from 'vitest';
import type { FunctionDescription } from '../../src/pci/device-model.js';
import { BOOL, EVENTFD, MSI, MSIX, NONE, type OpenDevice, TRIGGER } from './open-device.js';
import { doubleController } from './test-functions.js';
import { TestMachine, port } from './test-machine.js';

const NAME = '0000:01:00.0';

/** Writing a vector to offset 0 sends it by whichever of MSI and MSI-X is on. */
const sender: FunctionDescription = {
  ...doubleController,
  create: ({ interrupts }) => ({
    read: () => 0,
    write: (_bar, _offset, _size, vector) => {
      interrupts.msi(vector);
      interrupts.msix(vector);
    },
    reset: () => undefined,
  }),
};

function open() {
  const machine = new TestMachine({ '0000:00:01.0': port, [NAME]: sender });
  const eventFds = [0, 1, 2, 3].map(() => machine.eventFd());
  return { machine, device: machine.open(NAME), eventFds };
}

const send = (device: OpenDevice, vector: number) => device.writeNumber(0, 0, 4, vector);

describe.each([
  ['MSI', MSI],
  ['MSI-X', MSIX],
])('SET_IRQS on %s', (_name, index) => {
  test('vectors from 0 to the last one named are allocated', () => {
    const { device, eventFds } = open();
    device.setIrqs({ index, flags: EVENTFD | TRIGGER, start: 1, fds: eventFds.slice(1, 2) });
    expect(device.loopBack(index, 0)).toBe(0);
    expect(device.loopBack(index, 1)).toBe(0);
    expect(eventFds[1]?.take()).toBe(1);
    expect(device.loopBack(index, 2)).toBe('EINVAL');
  });

  test('a message signals the eventfd of its vector, with bus mastering on', () => {
    const { device, eventFds } = open();
    device.enable(index, ...eventFds);
    send(device, 2);
    expect(eventFds[2]?.take()).toBe(0);
    device.command = 7;
    send(device, 2);
    expect(eventFds.map((eventFd) => eventFd.take())).toEqual([0, 0, 1, 0]);
  });

  test('one eventfd may serve several vectors', () => {
    const { device, eventFds } = open();
    device.enable(index, eventFds[0] ?? -1, eventFds[0] ?? -1);
    device.loopBack(index, 0, 2);
    expect(eventFds[0]?.take()).toBe(2);
  });

  test('booleans choose among the vectors', () => {
    const { device, eventFds } = open();
    device.enable(index, ...eventFds);
    device.setIrqs({ index, flags: BOOL | TRIGGER, bools: [1, 0, 1, 1] });
    expect(eventFds.map((eventFd) => eventFd.take())).toEqual([1, 0, 1, 1]);
  });

  test('single vectors change their eventfd while enabled; there are no more than were allocated', () => {
    const { machine, device, eventFds } = open();
    device.enable(index, ...eventFds);
    const other = machine.eventFd();
    expect(device.setIrqs({ index, flags: EVENTFD | TRIGGER, start: 3, fds: [other] })).toBe(0);
    device.loopBack(index, 3);
    expect([eventFds[3]?.take(), other.take()]).toEqual([0, 1]);
    const beyond = { index, flags: EVENTFD | TRIGGER, start: 4, fds: [other] };
    expect(device.setIrqs(beyond)).toBe('EINVAL');
  });

  test('at a bad descriptor earlier vectors lose theirs as well, later ones keep them', () => {
    const { device, eventFds } = open();
    device.enable(index, ...eventFds);
    const [a, , , d] = eventFds;
    expect(device.enable(index, a ?? -1, -1, 999, d ?? -1)).toBe('EBADF');
    expect(device.loopBack(index, 0, 4)).toBe(0);
    expect(eventFds.map((eventFd) => eventFd.take())).toEqual([0, 0, 0, 1]);
  });

  test('a bad descriptor when enabling leaves everything off', () => {
    const { machine, device, eventFds } = open();
    expect(device.enable(index, eventFds[0] ?? -1, machine.otherFile())).toBe('EINVAL');
    expect(device.disable(index)).toBe('EINVAL');
    expect(machine.files.holds).toBe(0);
  });

  test('no eventfds at all is ERANGE when off', () => {
    const { device } = open();
    expect(device.setIrqs({ index, flags: EVENTFD | TRIGGER, fds: [] })).toBe('ERANGE');
  });

  test('it is disabled by DATA_NONE with count 0, whatever the start', () => {
    const { machine, device, eventFds } = open();
    device.enable(index, ...eventFds);
    const disable = { index, flags: NONE | TRIGGER, start: 1, count: 0 };
    expect(device.setIrqs(disable)).toBe(0);
    expect(machine.files.holds).toBe(0);
    expect(device.setIrqs(disable)).toBe('EINVAL');
  });
});

describe('a message for an MSI-X vector without eventfd', () => {
  test('is pending as well when the vector once had one', () => {
    const { device, eventFds } = open();
    const [first] = eventFds;
    device.enable(MSIX, first ?? -1);
    device.command = 7;
    device.enable(MSIX, -1);
    send(device, 0);
    device.enable(MSIX, first ?? -1);
    expect(first?.take()).toBe(1);
  });

  test('is pending, and comes when the vector gets one', () => {
    const { device, eventFds } = open();
    const [first, second] = eventFds;
    device.enable(MSIX, first ?? -1, -1);
    device.command = 7;
    send(device, 1);
    device.setIrqs({ index: MSIX, flags: EVENTFD | TRIGGER, start: 1, fds: [second ?? -1] });
    expect(second?.take()).toBe(1);
  });
});
