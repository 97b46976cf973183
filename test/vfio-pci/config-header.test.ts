import { describe, expect, test } from 'vitest';
import { CONFIG, type OpenDevice } from './open-device.js';
import { card, controller, edu } from './test-functions.js';
import { TestMachine, port } from './test-machine.js';

const NAME = '0000:00:04.0';

function open(description = card): OpenDevice {
  return new TestMachine({ [NAME]: description }).open(NAME);
}

/** What a register reads after ones, and after zeros, have been written. */
function onesAndZeros(device: OpenDevice, offset: number): [number, number] {
  device.writeNumber(CONFIG, offset, 4, 0xffff_ffff);
  const ones = device.number(CONFIG, offset, 4);
  device.writeNumber(CONFIG, offset, 4, 0);
  return [ones, device.number(CONFIG, offset, 4)];
}

describe('the header in configuration space', () => {
  test.each([
    ['vendor and device', 0x00],
    ['class and revision', 0x08],
    ['subsystem', 0x2c],
    ['capability list', 0x34],
  ])('%s can not be written', (_name, offset) => {
    const device = open();
    const before = device.number(CONFIG, offset, 4);
    expect(onesAndZeros(device, offset)).toEqual([before, before]);
  });

  test('interrupt line and cache line size remember a byte', () => {
    const device = open();
    expect(onesAndZeros(device, 0x0c).map((value) => value & 0xff)).toEqual([0xff, 0]);
    expect(onesAndZeros(device, 0x3c)).toEqual([0x1ff, 0x100]);
  });

  test('the command register takes what the hardware takes, and INTx disable', () => {
    const device = open();
    device.command = 0xffff;
    expect(device.command).toBe(0x507);
    device.command = 0;
    expect(device.command).toBe(0);
  });

  test('its two bytes can be written apart', () => {
    const device = open();
    device.command = 0;
    device.write(CONFIG, 5, [0x04]);
    expect(device.command).toBe(0x400);
    device.write(CONFIG, 4, [0x07]);
    expect(device.command).toBe(0x407);
  });

  test('INTx disable is the user’s own bit, not the hardware’s', () => {
    const device = open();
    const hardware = device.machine.functionAt(NAME).config;
    hardware.setBits(4, 2, 0x400, true);
    expect(device.command & 0x400).toBe(0);
  });
});

describe('virtual BARs', () => {
  test.each([
    ['32-bit memory', card, 0x10, [0xfffe_0000, 0]],
    ['I/O', card, 0x14, [0xffff_ffc1, 1]],
    ['absent', card, 0x18, [0, 0]],
    ['ROM', card, 0x30, [0xffff_f801, 0]],
  ] as const)('%s: ones give the size, zeros the type', (_name, description, offset, expected) => {
    expect(onesAndZeros(open(description), offset)).toEqual(expected);
  });

  test('64-bit memory takes two registers', () => {
    const machine = new TestMachine({ '0000:00:01.0': port, '0000:01:00.0': controller });
    const device = machine.open('0000:01:00.0');
    expect(onesAndZeros(device, 0x10)).toEqual([0xffff_c004, 4]);
    expect(onesAndZeros(device, 0x14)).toEqual([0xffff_ffff, 0]);
  });

  test('moving one moves nothing', () => {
    const device = open(edu);
    const real = device.machine.functionAt(NAME).config.read(0x10, 4);
    device.writeNumber(CONFIG, 0x10, 4, 0xc000_0000);
    expect(device.number(CONFIG, 0x10, 4)).toBe(0xc000_0000);
    expect(device.machine.functionAt(NAME).config.read(0x10, 4)).toBe(real);
    expect(device.number(0, 0, 4)).toBe(0x0100_00ed);
  });

  test('single bytes can be written', () => {
    const device = open();
    device.writeNumber(CONFIG, 0x10, 4, 0xabcd_ef01);
    device.write(CONFIG, 0x13, [0x12]);
    expect(device.number(CONFIG, 0x10, 4)).toBe(0x12cc_0000);
  });

  test('the real ones come back when decoding goes on after a reset that nobody told of', () => {
    const device = open();
    const { config } = device.machine.functionAt(NAME);
    const real = config.read(0x10, 4);
    config.write(4, 2, 0);
    config.write(0x10, 4, 0);
    device.command = 3;
    expect(config.read(0x10, 4)).toBe(real);
  });
});

describe('accesses to configuration space', () => {
  test('may have any size and alignment', () => {
    const device = open();
    device.write(CONFIG, 0x3c, [0x77]);
    for (let count = 1; count <= 8; count++) {
      const bytes = Array.from({ length: count }, (_, i) => 0x50 + i);
      expect(device.write(CONFIG, 0x3b, bytes)).toBe(count);
      expect(device.number(CONFIG, 0x3c, 1)).toBe(count === 1 ? 0x77 : 0x51);
      device.write(CONFIG, 0x3c, [0x77]);
    }
  });

  test('past the end or across it are EFAULT', () => {
    const device = open();
    expect(device.read(CONFIG, 0, 256)).toHaveLength(256);
    expect(device.read(CONFIG, 0, 257)).toBe('EFAULT');
    expect(device.read(CONFIG, 254, 4)).toBe('EFAULT');
    expect(device.write(CONFIG, 256, [0])).toBe('EFAULT');
  });

  test('bytes of no capability pass through to the hardware', () => {
    const device = open();
    device.writeNumber(CONFIG, 0x80, 4, 0x1234_5678);
    expect(device.machine.functionAt(NAME).config.read(0x80, 4)).toBe(0x1234_5678);
    expect(device.number(CONFIG, 0x80, 4)).toBe(0x1234_5678);
  });
});
