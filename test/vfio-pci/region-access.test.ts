import { describe, expect, test } from 'vitest';
import type { FunctionDescription } from '../../src/pci/device-model.js';
import { BAD_POINTER, CONFIG, type OpenDevice, ROM, VGA } from './open-device.js';
import { card, controller, romImage, vgaCard } from './test-functions.js';
import { TestMachine, port } from './test-machine.js';

const NAME = '0000:00:04.0';
const MEMORY = 0;
const IO = 1;

/** A device that keeps a diary of the accesses it sees, and reads as the bytes of their offsets. */
function witness() {
  const accesses: string[] = [];
  const description: FunctionDescription = {
    ...card,
    create: () => ({
      read: (bar, offset, size) => {
        accesses.push(`read ${bar} ${offset} ${size}`);
        let value = 0;
        for (let i = 0; i < size; i++) value |= ((offset + i) & 0xff) << (8 * i);
        return value >>> 0;
      },
      write: (bar, offset, size, value) => accesses.push(`write ${bar} ${offset} ${size} ${value}`),
      reset: () => undefined,
    }),
  };
  const device = new TestMachine({ [NAME]: description }).open(NAME);
  return { device, accesses };
}

function plain(): OpenDevice {
  return new TestMachine({ [NAME]: card }).open(NAME);
}

describe('pread and pwrite of a BAR', () => {
  test.each([
    [0, 8, ['0 4', '4 4']],
    [1, 7, ['1 1', '2 2', '4 4']],
    [2, 5, ['2 2', '4 2', '6 1']],
    [3, 1, ['3 1']],
  ])('%i, %i bytes: aligned accesses of 4, 2 and 1', (offset, count, expected) => {
    const { device, accesses } = witness();
    const bytes = device.read(MEMORY, offset, count);
    expect(bytes).toEqual(Uint8Array.from({ length: count }, (_, i) => offset + i));
    expect(accesses).toEqual(expected.map((access) => `read 0 ${access}`));
  });

  test('writes are cut the same way', () => {
    const { device, accesses } = witness();
    expect(device.write(MEMORY, 2, [1, 2, 3, 4, 5, 6])).toBe(6);
    expect(accesses).toEqual(['write 0 2 2 513', 'write 0 4 4 100992003']);
  });

  test('across the end the count is short; from the end on it is EINVAL', () => {
    const device = plain();
    expect(device.read(IO, 62, 4)).toHaveLength(2);
    expect(device.write(IO, 62, [1, 2, 3, 4])).toBe(2);
    expect(device.read(IO, 64, 1)).toBe('EINVAL');
    expect(device.read(MEMORY, 2 ** 39, 4)).toBe('EINVAL');
  });

  test('of 0 bytes are 0 everywhere, even where nothing is', () => {
    const device = plain();
    for (const region of [0, 2, ROM, CONFIG, VGA, 9]) {
      expect(device.read(region, 1 << 20, 0)).toHaveLength(0);
    }
  });

  test('that is absent, or an index from 9 on, are EINVAL', () => {
    const device = plain();
    for (const region of [2, 9, 255]) {
      expect(device.read(region, 0, 4)).toBe('EINVAL');
      expect(device.write(region, 0, [0])).toBe('EINVAL');
    }
  });

  test('with memory decoding off, memory is EIO and does not change', () => {
    const device = plain();
    device.writeNumber(MEMORY, 0, 4, 0x1234);
    device.command = 0;
    expect(device.read(MEMORY, 0, 4)).toBe('EIO');
    expect(device.write(MEMORY, 0, [1, 2, 3, 4])).toBe('EIO');
    device.command = 3;
    expect(device.number(MEMORY, 0, 4)).toBe(0x1234);
  });

  test('with I/O decoding off, ports read ones and ignore writes', () => {
    const device = plain();
    device.command = 0;
    expect(device.number(IO, 0, 4)).toBe(0xffff_ffff);
    expect(device.write(IO, 0, [0, 0, 0, 0])).toBe(4);
    device.command = 3;
    expect(device.number(IO, 0, 4)).toBe(0);
  });

  test('a bad buffer is EFAULT', () => {
    const { machine, fd } = plain();
    const file = machine.files.get(fd);
    if (file === undefined) throw new Error('closed');
    for (const at of [0, CONFIG * 2 ** 40]) {
      expect(machine.calls.read(machine.task, file, BAD_POINTER, 4, at)).toBe(-14);
      expect(machine.calls.write(machine.task, file, BAD_POINTER, 4, at)).toBe(-14);
    }
  });
});

test('read and write begin in BAR 0 and move on', () => {
  const { device, accesses } = witness();
  const { machine, fd } = device;
  const file = machine.files.get(fd);
  if (file === undefined) throw new Error('closed');
  const { address } = machine.memory.allocate(8);
  const { calls, task } = machine;
  expect(calls.read(task, file, address, 4)).toBe(4);
  expect(calls.write(task, file, address, 2)).toBe(2);
  expect(calls.read(task, file, address, 1)).toBe(1);
  expect(accesses).toEqual(['read 0 0 4', 'write 0 4 2 256', 'read 0 6 1']);
});

describe('the ROM', () => {
  test('reads its image, then ones to the end of the BAR', () => {
    const device = plain();
    expect(device.read(ROM, 0, 1024)).toEqual(romImage);
    expect(device.read(ROM, 1022, 4)).toEqual(Uint8Array.of(0x5a, 0x5a, 0xff, 0xff));
    expect(device.read(ROM, 2046, 4)).toHaveLength(2);
    expect(device.read(ROM, 2048, 1)).toBe('EINVAL');
  });

  test('does not ask for its enable bit', () => {
    const device = plain();
    device.writeNumber(CONFIG, 0x30, 4, 0);
    expect(device.number(ROM, 0, 2)).toBe(0xaa55);
  });

  test('is ENOMEM with memory decoding off', () => {
    const device = plain();
    device.command = 0;
    expect(device.read(ROM, 0, 4)).toBe('ENOMEM');
  });

  test('can not be written', () => {
    expect(plain().write(ROM, 0, [0])).toBe('EINVAL');
  });
});

describe('the MSI-X table', () => {
  const open = () =>
    new TestMachine({ '0000:00:01.0': port, '0000:01:00.0': controller }).open('0000:01:00.0');

  test('reads ones and ignores writes', () => {
    const device = open();
    expect(device.write(0, 0x2000, [0, 0, 0, 0])).toBe(4);
    expect(device.number(0, 0x2000, 4)).toBe(0xffff_ffff);
    expect(device.number(0, 0x2000 + 65 * 16 - 4, 4)).toBe(0xffff_ffff);
  });

  test('ends where its last entry does', () => {
    const device = open();
    device.writeNumber(0, 0x2000 + 65 * 16, 4, 0x77);
    expect(device.number(0, 0x2000 + 65 * 16, 4)).toBe(0x77);
  });

  test('is skipped by accesses across its edge', () => {
    const device = open();
    device.write(0, 0x1ffc, [1, 2, 3, 4, 5, 6, 7, 8]);
    expect(device.read(0, 0x1ffc, 8)).toEqual(Uint8Array.of(1, 2, 3, 4, 255, 255, 255, 255));
  });
});

describe('the VGA region', () => {
  const open = () => new TestMachine({ [NAME]: vgaCard }).open(NAME);

  test('is legacy memory and ports at their addresses, whatever is decoded', () => {
    const device = open();
    device.command = 0;
    for (const address of [0xa0000, 0xbffff, 0x3b0, 0x3bb, 0x3c0, 0x3df]) {
      expect(device.write(VGA, address, [address & 0x7f])).toBe(1);
      expect(device.number(VGA, address, 1)).toBe(address & 0x7f);
    }
  });

  test('ends where its ranges end, and is EINVAL between them', () => {
    const device = open();
    expect(device.read(VGA, 0x3ba, 4)).toHaveLength(2);
    for (const address of [0, 0x3bc, 0x3e0, 0x9ffff, 0xc0000]) {
      expect(device.read(VGA, address, 1)).toBe('EINVAL');
    }
  });

  test('is not there without a VGA device', () => {
    expect(plain().read(VGA, 0xa0000, 4)).toBe('EINVAL');
  });
});
