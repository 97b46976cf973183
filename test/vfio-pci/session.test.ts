import { describe, expect, test } from 'vitest';
import type { FunctionDescription } from '../../src/pci/device-model.js';
import { CONFIG, INTX, MSI, REQ } from './open-device.js';
import { card, controller, edu, smallCard } from './test-functions.js';
import { TestMachine, bridge, port } from './test-machine.js';

const NAME = '0000:00:03.0';

describe('opening a device', () => {
  test('turns decoding on and bus mastering off', () => {
    const machine = new TestMachine({ [NAME]: edu });
    machine.functionAt(NAME).config.write(4, 2, 4);
    expect(machine.open(NAME).command & 7).toBe(2);
    expect(machine.functionAt(NAME).enableCount).toBe(1);
  });

  test('resets it where that can be', () => {
    const machine = new TestMachine({ '0000:00:01.0': port, '0000:01:00.0': controller });
    machine.functionAt('0000:01:00.0').bars[0]?.write(0, 4, 0x55);
    expect(machine.open('0000:01:00.0').number(0, 0, 4)).toBe(0);
  });

  test('again adds a descriptor of the same use', () => {
    const machine = new TestMachine({ [NAME]: edu });
    const device = machine.open(NAME);
    device.command = 0x404;
    const second = device.again(NAME);
    machine.files.close(second);
    expect(device.command).toBe(0x404);
    machine.files.close(device.fd);
    expect(machine.functionAt(NAME).enableCount).toBe(0);
  });

  test('holds the module', () => {
    const machine = new TestMachine({ [NAME]: edu });
    const device = machine.open(NAME);
    expect(machine.kernel.module('vfio_pci').references).toBe(1);
    device.close();
    expect(machine.kernel.module('vfio_pci').references).toBe(0);
  });
});

describe('closing the last descriptor', () => {
  test('leaves nothing of the use to the next one', () => {
    const machine = new TestMachine({ [NAME]: edu });
    const first = machine.open(NAME);
    const before = first.read(CONFIG, 0, 256);
    first.command = 0x507;
    first.writeNumber(CONFIG, 0x10, 4, 0);
    first.write(CONFIG, 0x3c, [0x77]);
    first.writeNumber(CONFIG, 0x44, 4, 0x1234);
    first.close();
    expect(machine.open(NAME).read(CONFIG, 0, 256)).toEqual(before);
  });

  test('disables interrupts and lets go of eventfds', () => {
    const machine = new TestMachine({ [NAME]: edu });
    const device = machine.open(NAME);
    const eventFd = machine.eventFd();
    device.enable(INTX, eventFd);
    device.enable(REQ, eventFd);
    device.writeNumber(0, 0x60, 4, 1);
    device.close();
    expect(machine.files.holds).toBe(0);
    expect(machine.functionAt(NAME).interrupts.kind).toBeUndefined();
  });

  test('stops DMA', () => {
    const machine = new TestMachine({ [NAME]: edu });
    const device = machine.open(NAME);
    device.command = 7;
    device.close();
    expect(machine.functionAt(NAME).config.read(4, 2) & 4).toBe(0);
  });

  test('an interrupt that is still raised shows in the status of the next use', () => {
    const machine = new TestMachine({ [NAME]: edu });
    const first = machine.open(NAME);
    first.enable(MSI, -1);
    first.disable(MSI);
    first.writeNumber(0, 0x60, 4, 1);
    first.close();
    expect(machine.open(NAME).number(CONFIG, 6, 2) & 8).toBe(8);
  });
});

describe('power while bound', () => {
  const CONTROLLER = '0000:01:00.0';
  const functions = { '0000:00:01.0': port, [CONTROLLER]: controller };

  test('idle, the function sleeps in D3hot; open, it is awake', () => {
    const machine = new TestMachine(functions);
    const member = machine.functionAt(CONTROLLER);
    expect([member.power.isSuspended, member.powerState]).toEqual([true, 'D3hot']);
    const device = machine.open(CONTROLLER);
    expect([member.power.isSuspended, member.powerState]).toEqual([false, 'D0']);
    device.close();
    expect([member.power.isSuspended, member.powerState]).toEqual([true, 'D3hot']);
  });

  test('closed in D3hot, it opens in D0', () => {
    const machine = new TestMachine(functions);
    const device = machine.open(CONTROLLER);
    device.writeNumber(CONFIG, 0x64, 2, 3);
    device.close();
    expect(machine.open(CONTROLLER).number(CONFIG, 0x64, 2) & 3).toBe(0);
  });

  test('unbound, it is awake', async () => {
    const machine = new TestMachine(functions);
    await machine.unbind(CONTROLLER);
    expect(machine.functionAt(CONTROLLER).powerState).toBe('D0');
  });
});

test('a function that can be reset on its own is: at opening and at closing, without its bus', () => {
  const causes: string[] = [];
  const witness: FunctionDescription = {
    ...controller,
    create: () => ({
      read: () => 0,
      write: () => undefined,
      reset: (cause) => void causes.push(cause),
    }),
  };
  const machine = new TestMachine({ '0000:00:01.0': port, '0000:01:00.0': witness });
  machine.open('0000:01:00.0').close();
  expect(causes).toEqual(['power-on', 'flr', 'flr']);
});

describe('functions of one bus that can not be reset on their own', () => {
  const functions = {
    '0000:00:01.0': port,
    '0000:01:00.0': bridge,
    '0000:02:01.0': card,
    '0000:02:02.0': smallCard,
  };

  test('are reset together when the last of them is closed', () => {
    const machine = new TestMachine(functions);
    const first = machine.open('0000:02:01.0');
    const second = first.again('0000:02:02.0');
    first.writeNumber(0, 0, 4, 0x1234);
    const { bytes } = machine.functionAt('0000:02:01.0').bars[0] ?? {};
    machine.files.close(first.fd);
    expect(bytes?.[0]).toBe(0x34);
    machine.files.close(second);
    expect(bytes?.[0]).toBe(0);
  });

  test('are left alone while one of them is not bound to vfio-pci', async () => {
    const machine = new TestMachine(functions);
    await machine.unbind('0000:02:02.0');
    const device = machine.open('0000:02:01.0');
    device.writeNumber(0, 0, 4, 0x1234);
    device.close();
    expect(machine.functionAt('0000:02:01.0').bars[0]?.bytes?.[0]).toBe(0x34);
  });
});
