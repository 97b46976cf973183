import { describe, expect, test } from 'vitest';
import { REQ } from './open-device.js';
import { edu } from './test-functions.js';
import { TestMachine, port } from './test-machine.js';

const NAME = '0000:00:03.0';

/** Moves time on, letting what sleeps run. */
async function advance(machine: TestMachine, ms: number): Promise<void> {
  const { timers, scheduler } = machine.kernel;
  const until = timers.nowMs + ms;
  do {
    while (scheduler.runOldest()) for (let i = 0; i < 32; i++) await Promise.resolve();
  } while (timers.fireNext(until));
}

/** Unbinds the device; whether that has come to its end. */
function unbinding(machine: TestMachine): () => boolean {
  let isDone = false;
  void Promise.resolve(machine.unbind(NAME)).then(() => {
    isDone = true;
  });
  return () => isDone;
}

describe('removal of a device in use', () => {
  test('asks by the REQ eventfd, at once and every 10 s, and waits for the last close', async () => {
    const machine = new TestMachine({ [NAME]: edu });
    const device = machine.open(NAME);
    const eventFd = machine.eventFd();
    device.enable(REQ, eventFd);
    const isDone = unbinding(machine);
    await advance(machine, 9_999);
    expect(eventFd.take()).toBe(1);
    await advance(machine, 20_000);
    expect(eventFd.take()).toBe(2);
    expect(isDone()).toBe(false);
    device.close();
    await advance(machine, 0);
    expect(isDone()).toBe(true);
    expect(machine.files.holds).toBe(0);
  });

  test('says so in the log, every tenth time', async () => {
    const machine = new TestMachine({ [NAME]: edu });
    const device = machine.open(NAME);
    device.enable(REQ, machine.eventFd());
    unbinding(machine);
    await advance(machine, 105_000);
    const messages = machine.log.map(({ text }) => text);
    expect(messages.filter((text) => text.startsWith('Relaying'))).toEqual([
      'Relaying device request to user (#0)',
      'Relaying device request to user (#10)',
    ]);
  });

  test('without a REQ eventfd says that it can only wait, once', async () => {
    const machine = new TestMachine({ [NAME]: edu });
    machine.open(NAME);
    unbinding(machine);
    await advance(machine, 25_000);
    const text = 'No device request channel registered, blocked until released by user';
    expect(machine.log.filter((entry) => entry.text === text)).toHaveLength(1);
  });

  test('the device works on until it is closed', async () => {
    const machine = new TestMachine({ [NAME]: edu });
    const device = machine.open(NAME);
    unbinding(machine);
    await advance(machine, 1);
    expect(device.number(0, 0, 4)).toBe(0x0100_00ed);
  });
});

test('a device not in use is removed at once, and can be bound again', async () => {
  const machine = new TestMachine({ [NAME]: edu });
  await machine.unbind(NAME);
  machine.bind(NAME);
  expect(machine.open(NAME).number(0, 0, 4)).toBe(0x0100_00ed);
});

test('a bridge is not for vfio-pci', () => {
  const machine = new TestMachine({ '0000:00:01.0': port });
  expect(() => machine.bind('0000:00:01.0')).toThrow('EINVAL');
});
