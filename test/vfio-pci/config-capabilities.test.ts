import { describe, expect, test } from 'vitest';
import { vendorCapability } from '../../src/pci/capabilities.js';
import type { FunctionDescription } from '../../src/pci/device-model.js';
import { vendorExtendedCapability } from '../../src/pci/extended-capabilities.js';
import { CONFIG, MSI, MSIX, type OpenDevice } from './open-device.js';
import {
  controller,
  doubleController,
  edu,
  forgetful,
  withHiddenCapability,
} from './test-functions.js';
import { TestMachine, port } from './test-machine.js';

const NAME = '0000:01:00.0';
/** A device serial number. */
const serialNumber = { id: 3, version: 1, length: 12, registers: [] };

function open(description: FunctionDescription): OpenDevice {
  return new TestMachine({ '0000:00:01.0': port, [NAME]: description }).open(NAME);
}

const hardware = (device: OpenDevice) => device.machine.functionAt(NAME).config;

describe('MSI', () => {
  const CONTROL = 0x42;
  const ENABLE = 1;
  const QUEUE_SIZE = 0x70;

  test('is not enabled by writing its control word', () => {
    const device = open(edu);
    device.writeNumber(CONFIG, CONTROL, 2, 0x81);
    expect(device.number(CONFIG, CONTROL, 2)).toBe(0x80);
  });

  test('the bit can be written once SET_IRQS has enabled it, and means nothing', () => {
    const device = open(edu);
    const eventFd = device.machine.eventFd();
    device.enable(MSI, eventFd);
    device.writeNumber(CONFIG, CONTROL, 2, ENABLE);
    expect(device.number(CONFIG, CONTROL, 2) & ENABLE).toBe(ENABLE);
    device.writeNumber(CONFIG, CONTROL, 2, 0);
    expect(device.number(CONFIG, CONTROL, 2) & ENABLE).toBe(0);
    device.loopBack(MSI);
    expect(eventFd.take()).toBe(1);
  });

  test('the number of vectors is limited to what SET_IRQS allocated', () => {
    const device = open(doubleController);
    device.enable(MSI, -1, -1, -1);
    device.writeNumber(CONFIG, 0x72, 2, QUEUE_SIZE);
    expect(device.number(CONFIG, 0x72, 2) & QUEUE_SIZE).toBe(2 << 4);
  });

  test('address and data are memory of the user’s; the hardware’s stay', () => {
    const device = open(edu);
    device.writeNumber(CONFIG, 0x44, 4, 0xfee0_1004);
    device.writeNumber(CONFIG, 0x4c, 2, 0x4321);
    expect(device.number(CONFIG, 0x44, 4)).toBe(0xfee0_1004);
    expect(device.number(CONFIG, 0x4c, 2)).toBe(0x4321);
    expect(hardware(device).read(0x44, 4)).toBe(0);
  });
});

describe('MSI-X', () => {
  test('can not be written; its control word shows what SET_IRQS did', () => {
    const device = open(controller);
    device.writeNumber(CONFIG, 0x42, 2, 0xc000);
    expect(device.number(CONFIG, 0x42, 2)).toBe(0x40);
    device.enable(MSIX, -1);
    device.writeNumber(CONFIG, 0x42, 2, 0);
    expect(device.number(CONFIG, 0x42, 2)).toBe(0x8040);
    device.disable(MSIX);
    expect(device.number(CONFIG, 0x42, 2)).toBe(0x40);
  });
});

describe('power management', () => {
  test('D3hot takes: regions are EIO until D0', () => {
    const device = open(controller);
    device.writeNumber(CONFIG, 0x64, 2, 3);
    expect(device.number(CONFIG, 0x64, 2)).toBe(0x0b);
    expect(device.read(0, 0, 4)).toBe('EIO');
    device.writeNumber(CONFIG, 0x64, 2, 0);
    expect(device.number(CONFIG, 0x64, 2)).toBe(0x08);
    expect(device.read(0, 0, 4)).toHaveLength(4);
  });

  test('D1 and D2 do not take where they are not supported', () => {
    const device = open(controller);
    for (const state of [1, 2]) {
      device.writeNumber(CONFIG, 0x64, 2, state);
      expect(device.number(CONFIG, 0x64, 2)).toBe(0x08);
    }
  });

  test('from D3hot the only way is D0', () => {
    const capabilities = controller.capabilities?.map((capability) =>
      capability.id === 1
        ? {
            ...capability,
            registers: [
              { offset: 2, size: 2 as const, value: 0x0603 },
              ...capability.registers.slice(1),
            ],
          }
        : capability,
    );
    const device = open({ ...controller, capabilities: capabilities ?? [] });
    device.writeNumber(CONFIG, 0x64, 2, 1);
    expect(device.number(CONFIG, 0x64, 1) & 3).toBe(1);
    device.writeNumber(CONFIG, 0x64, 2, 3);
    device.writeNumber(CONFIG, 0x64, 2, 2);
    expect(device.number(CONFIG, 0x64, 1) & 3).toBe(3);
  });

  test('events belong to the kernel: neither supported, nor enabled, nor writable', () => {
    const device = open(forgetful);
    expect(device.number(CONFIG, 0xca, 2) & 0xf800).toBe(0);
    device.writeNumber(CONFIG, 0xcc, 2, 0x8100);
    expect(device.number(CONFIG, 0xcc, 2) & 0x8100).toBe(0);
    expect(hardware(device).read(0xcc, 2) & 0x8100).toBe(0);
  });

  test('a function that D3hot resets has its configuration put back', () => {
    const device = open(forgetful);
    device.command = 7;
    device.writeNumber(CONFIG, 0xcc, 2, 3);
    device.writeNumber(CONFIG, 0xcc, 2, 0);
    expect(device.command).toBe(7);
    expect(device.read(0, 0, 4)).toHaveLength(4);
  });
});

describe('PCI Express', () => {
  test('payload and request sizes are the user’s own', () => {
    const device = open(controller);
    device.writeNumber(CONFIG, 0x88, 2, 0x7fff);
    expect(device.number(CONFIG, 0x88, 2)).toBe(0x70e0);
    expect(hardware(device).read(0x88, 2)).toBe(0);
  });

  test('writing the function reset bit resets the function and reads 0', () => {
    const device = open(controller);
    device.writeNumber(0, 0x100, 4, 0x1234);
    device.command = 7;
    device.writeNumber(CONFIG, 0x88, 2, 0x8000);
    expect(device.number(0, 0x100, 4)).toBe(0);
    expect(device.command).toBe(7);
    expect(device.number(CONFIG, 0x88, 2)).toBe(0);
  });

  test('the capability itself is as the hardware has it', () => {
    const device = open(controller);
    device.writeNumber(CONFIG, 0x80, 4, 0);
    expect(device.number(CONFIG, 0x80, 4)).toBe(hardware(device).read(0x80, 4));
  });
});

describe('Advanced Features', () => {
  test('its reset bit resets the function and reads 0', () => {
    const device = open({
      ...forgetful,
      capabilities: [
        ...(forgetful.capabilities ?? []),
        { id: 0x13, length: 6, offset: 0xe0, registers: [{ offset: 3, size: 1, value: 3 }] },
      ],
    });
    device.writeNumber(0, 0, 4, 0x1234);
    device.write(CONFIG, 0xe4, [1]);
    expect(device.number(0, 0, 4)).toBe(0);
    expect(device.number(CONFIG, 0xe4, 1)).toBe(0);
  });
});

describe('vital product data', () => {
  /** Answers at once, as the flag asks: reads with flag 0 set it, writes with flag 1 clear it. */
  const withVpd: FunctionDescription = {
    ...edu,
    capabilities: [
      {
        id: 3,
        length: 8,
        offset: 0x40,
        registers: [
          { offset: 2, size: 2, writable: 0xffff },
          { offset: 4, size: 4, writable: 0xffff_ffff },
        ],
      },
    ],
    create: ({ config }) => {
      const store = new Map<number, number>();
      config.watch(0x42, 2, () => {
        const address = config.read(0x42, 2);
        if ((address & 0x8000) !== 0) store.set(address & 0x7fff, config.read(0x44, 4));
        else config.set(0x44, 4, store.get(address) ?? 0);
        config.set(0x42, 2, address ^ 0x8000);
      });
      return { read: () => 0, write: () => undefined, reset: () => undefined };
    },
  };

  test('is written and read through, with the flag turned when done', () => {
    const device = open(withVpd);
    device.writeNumber(CONFIG, 0x44, 4, 0xcafe_f00d);
    device.writeNumber(CONFIG, 0x42, 2, 0x8010);
    expect(device.number(CONFIG, 0x42, 2)).toBe(0x0010);
    device.writeNumber(CONFIG, 0x44, 4, 0);
    device.writeNumber(CONFIG, 0x42, 2, 0x0010);
    expect(device.number(CONFIG, 0x42, 2)).toBe(0x8010);
    expect(device.number(CONFIG, 0x44, 4)).toBe(0xcafe_f00d);
  });

  test('of an unaligned address does not turn the flag', () => {
    const device = open(withVpd);
    device.writeNumber(CONFIG, 0x42, 2, 0x0011);
    expect(device.number(CONFIG, 0x42, 2)).toBe(0x0011);
  });
});

describe('capabilities without permissions', () => {
  test('are taken out of the list', () => {
    const device = open(withHiddenCapability);
    expect(hardware(device).read(0x41, 1)).toBe(0x48);
    expect(device.number(CONFIG, 0x41, 1)).toBe(0x50);
  });

  test('when there are no others, there is no list', () => {
    const device = open({
      ...edu,
      capabilities: [{ id: 0x0c, length: 8, offset: 0x40, registers: [] }],
    });
    expect(device.number(CONFIG, 0x34, 1)).toBe(0);
    expect(device.number(CONFIG, 6, 2) & 0x10).toBe(0);
  });

  test('vendor-specific ones can be written, but for their link', () => {
    const device = open({
      ...edu,
      capabilities: [
        {
          id: 9,
          length: 8,
          offset: 0x40,
          registers: [
            { offset: 2, size: 1, value: 8 },
            { offset: 4, size: 4, writable: 0xffff_ffff },
          ],
        },
      ],
    });
    device.writeNumber(CONFIG, 0x44, 4, 0x1234_5678);
    expect(device.number(CONFIG, 0x44, 4)).toBe(0x1234_5678);
  });
});

describe("a vendor's own capabilities", () => {
  const bytes = Uint8Array.from([0xde, 0xad, 0xbe, 0xef, 0x42]);
  const vendorOnly = open({
    ...controller,
    capabilities: [vendorCapability(bytes, 0x40), ...(controller.capabilities ?? []).slice(1)],
    extendedCapabilities: [
      vendorExtendedCapability({ id: 0x1af4, revision: 3, bytes }),
      serialNumber,
    ],
  });

  test('say what they are and how long, and hold their bytes, whatever is written', () => {
    for (let at = 0x42; at < 0x48; at++) vendorOnly.write(CONFIG, at, [0]);
    expect(vendorOnly.number(CONFIG, 0x40, 1)).toBe(9);
    expect(vendorOnly.number(CONFIG, 0x42, 1)).toBe(8);
    expect(vendorOnly.read(CONFIG, 0x43, 5)).toEqual(bytes);
  });

  test('as extended ones, too, and the next one begins behind them', () => {
    expect(vendorOnly.number(CONFIG, 0x100, 4)).toBe(0x1101_000b);
    for (let at = 0x104; at < 0x10d; at++) vendorOnly.write(CONFIG, at, [0xff]);
    expect(vendorOnly.number(CONFIG, 0x104, 4)).toBe(0x00d3_1af4);
    expect(vendorOnly.read(CONFIG, 0x108, 5)).toEqual(bytes);
    expect(vendorOnly.number(CONFIG, 0x110, 4)).toBe(0x0001_0003);
  });
});

describe('extended capabilities', () => {
  const errors = { id: 1, version: 2, length: 0x2c, offset: 0x100 };
  const hidden = { id: 0x23, version: 1, length: 0x10, registers: [] };
  const serial = { ...serialNumber, offset: 0x150 };
  const allOnes = (offset: number) => ({ offset, size: 4 as const, writable: 0xffff_ffff });
  const withErrors = (more: readonly (typeof hidden & { offset: number })[]) => ({
    ...controller,
    extendedCapabilities: [
      { ...errors, registers: [allOnes(4), allOnes(8), allOnes(0x14)] },
      ...more,
      serial,
    ],
  });

  test('error reporting takes the bits that exist', () => {
    const device = open(withErrors([]));
    device.writeNumber(CONFIG, 0x108, 4, 0xffff_ffff);
    expect(device.number(CONFIG, 0x108, 4)).toBe(0x03ff_f031);
    device.writeNumber(CONFIG, 0x114, 4, 0xffff_ffff);
    expect(device.number(CONFIG, 0x114, 4)).toBe(0xf1c1);
  });

  test('without permissions are skipped', () => {
    const device = open(withErrors([{ ...hidden, offset: 0x140 }]));
    expect(device.number(CONFIG, 0x100, 4)).toBe(0x1502_0001);
  });

  test('the first one stays as an anchor without id', () => {
    const device = open({
      ...controller,
      extendedCapabilities: [{ ...hidden, offset: 0x100 }, serial],
    });
    expect(device.number(CONFIG, 0x100, 4)).toBe(0x1500_0000);
    expect(device.number(CONFIG, 0x150, 4)).toBe(0x0001_0003);
  });
});
