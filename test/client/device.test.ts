import { Event } from 'uvfio/client';
import { describe, expect, test } from 'vitest';
import { attachEdu } from './edu-machine.js';

describe('a device', () => {
  test('has the regions and interrupts that the kernel says', () => {
    const { edu } = attachEdu();
    const { device } = edu;
    expect(device.isPci).toBe(true);
    expect([device.regionCount, device.irqCount]).toEqual([9, 5]);
    expect(device.bar(0).size).toBe(1 << 20);
    expect(device.bar(1).size).toBe(0);
    expect([device.intx.count, device.msi.count, device.msix.count]).toEqual([1, 1, 0]);
    expect(device.intx.isAutomasked).toBe(true);
    expect(() => device.bar(6)).toThrow(RangeError);
    expect(() => device.region(77)).toThrow(
      'VFIO_DEVICE_GET_REGION_INFO of 0000:00:05.0, region 77: EINVAL',
    );
  });

  test('reads config space in accesses of any size', () => {
    const { config } = attachEdu().edu.device;
    expect(config.fileOffset).toBe(7 * 2 ** 40);
    expect(config.read16(0)).toBe(0x1234);
    expect(config.read32(0)).toBe(0x11e8_1234);
    expect(config.read8(2)).toBe(0xe8);
    expect([...config.read(0, 4)]).toEqual([0x34, 0x12, 0xe8, 0x11]);
    expect(() => config.read32(256)).toThrow(
      /^read of 4 bytes of 0000:00:05.0, region 7 at 0x100: E/,
    );
  });

  test('answers register accesses once memory is on', () => {
    const { device } = attachEdu().edu;
    device.enableBusMaster();
    const registers = device.bar(0);
    expect(registers.read32(0)).toBe(0x0100_00ed);
    registers.write32(4, 0x1234_5678);
    expect(registers.read32(4)).toBe(~0x1234_5678 >>> 0);
  });

  test('is driven by loads and stores where it can be mapped', () => {
    const { device } = attachEdu().edu;
    device.enableBusMaster();
    expect(device.bar(0).mappableAreas).toEqual([{ offset: 0, size: 1 << 20 }]);
    const registers = device.bar(0).map();
    expect(registers.read32(0)).toBe(0x0100_00ed);
    registers.write32(4, 0x1234_5678);
    // In-process, the device looks at its memory when a call is made.
    device.config.read16(0);
    expect(registers.read32(4)).toBe(~0x1234_5678 >>> 0);
    expect(() => registers.read32(2)).toThrow(RangeError);
    registers.unmap();
    expect(() => registers.read32(0)).toThrow('it is no longer mapped');
  });

  test('is mapped in part, and not beyond its end', () => {
    const registers = attachEdu().edu.device.bar(0);
    using page = registers.map({ offset: 0x1000, size: 0x1000, isWritable: false });
    expect(page.bytes.length).toBe(4096);
    expect(() => registers.map({ offset: 0x10_0000, size: 0x1000 })).toThrow(
      'mmap of 4096 bytes of 0000:00:05.0, region 0 at 0x100000: EINVAL',
    );
  });

  test('forgets what was done to it when reset', () => {
    const { device } = attachEdu().edu;
    expect(device.canReset).toBe(false);
    expect(() => device.reset()).toThrow(/^VFIO_DEVICE_RESET of 0000:00:05.0: E/);
  });
});

describe('interrupts', () => {
  test('reach their event', () => {
    const { edu, system } = attachEdu();
    using event = Event.create(system);
    edu.device.enableBusMaster();
    edu.device.msi.setEvents([event]);
    expect(event.take()).toBe(0);
    edu.device.bar(0).write32(0x60, 1);
    expect(event.take()).toBe(1);
    edu.device.msi.disable();
    edu.device.bar(0).write32(0x60, 1);
    expect(event.take()).toBe(0);
  });

  test('can be triggered to test a handler', () => {
    const { edu, system } = attachEdu();
    using event = Event.create(system);
    edu.device.msi.setEvents([event]);
    edu.device.msi.trigger();
    edu.device.msi.trigger();
    expect(event.take()).toBe(2);
  });

  test('of a pin are masked until they are unmasked', () => {
    const { edu, system } = attachEdu();
    const { device } = edu;
    using event = Event.create(system);
    device.enableBusMaster();
    device.intx.setEvents([event]);
    device.bar(0).write32(0x60, 1);
    expect(event.take()).toBe(1);
    device.bar(0).write32(0x64, 1);
    device.bar(0).write32(0x60, 1);
    expect(event.take()).toBe(0);
    device.intx.unmask();
    expect(event.take()).toBe(1);
  });

  test('of a pin are unmasked by an event as well', () => {
    const { edu, system } = attachEdu();
    const { device } = edu;
    using event = Event.create(system);
    using unmask = Event.create(system);
    device.enableBusMaster();
    device.intx.setEvents([event]);
    device.intx.setUnmaskEvent(unmask);
    device.bar(0).write32(0x60, 1);
    expect(event.take()).toBe(1);
    unmask.signal();
    expect(event.take()).toBe(1);
  });

  test('of no such kind are refused by name', () => {
    const { edu, system } = attachEdu();
    using event = Event.create(system);
    expect(() => edu.device.msix.setEvents([event])).toThrow(
      'VFIO_DEVICE_SET_IRQS of 0000:00:05.0, MSI-X: EINVAL',
    );
  });
});
