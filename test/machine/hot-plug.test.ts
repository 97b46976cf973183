// Devices plugged in and pulled out while programs run.
import fc from 'fast-check';
import { Machine } from 'uvfio';
import { Attachment, Event, pciDevice } from 'uvfio/client';
import { describe, expect, test } from 'vitest';
import { Errno } from '../../src/uapi/errno.js';
import { O_RDWR, VFIO_PCI_REQ_IRQ_INDEX } from '../../src/uapi/index.js';

const EDU = '0000:00:05.0';
const NEW = '0000:00:06.0';
const FACTORIAL = 0x08;
const STATUS = 0x20;

function machineWithEdu(): Machine {
  return new Machine({ devices: [{ model: 'edu', addr: EDU, group: 5 }] });
}

/** What a driver of edu does first. */
function factorialOf5(attachment: Attachment): number {
  const registers = attachment.device.bar(0);
  registers.write32(FACTORIAL, 5);
  while ((registers.read32(STATUS) & 1) !== 0);
  return registers.read32(FACTORIAL);
}

describe('plugging in', () => {
  test('a device shows in /sys with a group of its own, and can be driven at once', () => {
    const machine = machineWithEdu();
    const task = machine.task();
    expect(machine.plug('edu,addr=00:06.0')).toEqual({
      address: NEW,
      group: 0,
      driver: 'vfio-pci',
    });
    expect(pciDevice(task, NEW)).toMatchObject({ driver: 'vfio-pci', iommuGroup: 0 });
    expect(factorialOf5(Attachment.open(task, NEW))).toBe(120);
  });

  test('a device without an address gets the next free slot', () => {
    const machine = new Machine({ devices: [{ model: 'edu' }] });
    expect([machine.plug('edu').address, machine.plug({ model: 'edu' }).address]).toEqual([
      '0000:00:04.0',
      '0000:00:05.0',
    ]);
  });

  test('behind a bridge: the bridge’s window leads to it', () => {
    const machine = new Machine({
      devices: [
        { model: 'root-port', addr: '00:01.0' },
        { model: 'edu', addr: '00:03.0' },
      ],
    });
    const { address } = machine.plug('edu,addr=0000:01:00.0');
    const start = machine.pci.functionAt(address)?.bars[0]?.address ?? 0n;
    const bridge = machine.pci.functionAt('0000:00:01.0');
    const [base, limit] = [0x20, 0x22].map((at) => BigInt(bridge?.config.read(at, 2) ?? 0) << 16n);
    expect([start >= (base ?? 0n), start <= (limit ?? 0n) + 0xf_ffffn]).toEqual([true, true]);
    expect(factorialOf5(Attachment.open(machine.task(), address))).toBe(120);
  });

  test('a bridge, and a device behind it', () => {
    const machine = machineWithEdu();
    machine.plug('root-port,addr=00:01.0');
    const { address } = machine.plug('edu,addr=01:00.0');
    expect(machine.task().readlink(`/sys/bus/pci/devices/${address}`)).toContain('0000:00:01.0/');
  });

  test.each([
    ['edu,addr=00:05.0', /there is a device already \(edu\): unplug that one first/],
    ['edu,addr=00:06.1', /a device is plugged in as a whole/],
    ['edu,addr=07:00.0', /there is no bus 0000:07/],
    ['edo', /no device model 'edo': did you mean 'edu'/],
    ['edu,driver=vfio-pcy', /there is no driver 'vfio-pcy': did you mean 'vfio-pci'/],
    ['root-port,driver=vfio-pci', /the driver vfio-pci does not take it \(EINVAL\)/],
    ['nvme,file=/no/such/disk.img', /this machine opens no files/],
  ])('%s is refused, and changes nothing', async (spec, message) => {
    const machine = machineWithEdu();
    const before = machine.task().readdir('/sys/bus/pci/devices');
    expect(() => machine.plug(spec)).toThrow(message);
    await machine.settle();
    expect(machine.task().readdir('/sys/bus/pci/devices')).toEqual(before);
    expect(machine.task().readdir('/sys/devices/pci0000:00')).not.toContain(NEW);
  });

  test('whatever is plugged and unplugged, addresses never overlap and those there stay', async () => {
    const slot = fc.integer({ min: 3, max: 9 });
    const step = fc.oneof(
      fc.record({ bus: fc.integer({ min: 0, max: 2 }), slot }),
      fc.record({ gone: fc.nat() }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const machine = new Machine({
          devices: [
            { model: 'pci-bridge', addr: '00:1d.0' },
            { model: 'pci-bridge', addr: '00:1e.0' },
          ],
        });
        for (const one of steps) {
          const before = ranges(machine);
          if ('gone' in one) {
            const names = machine.pci.functions.filter(({ isBridge }) => !isBridge);
            const chosen = names[one.gone % Math.max(1, names.length)];
            if (chosen !== undefined) await machine.unplug(chosen.device.name);
            continue;
          }
          const addr = `0${one.bus}:0${one.slot}.0`;
          if (machine.pci.functionAt(`0000:${addr}`) === undefined)
            machine.plug(`edu,addr=${addr}`);
          const after = ranges(machine);
          for (const [name, start] of before) expect(after.get(name)).toBe(start);
          expect(new Set(after.values()).size).toBe(after.size);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('unplugging', () => {
  test('a device that nobody uses is gone, with its group’s node, and no rescan finds it', async () => {
    const machine = machineWithEdu();
    const task = machine.task();
    await machine.unplug(EDU);
    await task.writeFile('/sys/bus/pci/rescan', '1');
    expect(task.stat('/dev/vfio/5')).toBe(-Errno.ENOENT);
    expect(task.stat(`/sys/bus/pci/devices/${EDU}`)).toBe(-Errno.ENOENT);
  });

  test('behind a bridge that is on its way out, nothing can be plugged in', async () => {
    const machine = new Machine({
      devices: [
        { model: 'root-port', addr: '00:01.0' },
        { model: 'edu', addr: '01:00.0' },
      ],
    });
    const user = Attachment.open(machine.task(), '0000:01:00.0');
    const unplugged = machine.unplug('00:01.0');
    await machine.settle();
    expect(() => machine.plug('edu,addr=01:01.0')).toThrow(
      'the bridge 0000:00:01.0 is being removed: wait until it is gone',
    );
    user.close();
    await unplugged;
    expect(machine.pci.functions).toEqual([]);
  });

  test('a slot can be used again', async () => {
    const machine = machineWithEdu();
    await machine.unplug(EDU);
    expect(machine.plug(`edu,addr=${EDU}`).driver).toBe('vfio-pci');
    expect(factorialOf5(Attachment.open(machine.task(), EDU))).toBe(120);
  });

  test('a device in use is asked for, at once and every 10 s, works on, and goes with its last user', async () => {
    const machine = machineWithEdu();
    const attachment = Attachment.open(machine.task(), EDU);
    const asked = Event.create(machine.task());
    attachment.close();
    const task = machine.task();
    const user = Attachment.open(task, EDU);
    const request = Event.create(task);
    user.device.irq(VFIO_PCI_REQ_IRQ_INDEX).setEvents([request]);
    let isGone = false;
    const unplugged = machine.unplug(EDU).then(() => {
      isGone = true;
    });
    await machine.settle();
    expect(request.take()).toBe(1);
    await machine.advance(20_000);
    expect([request.take(), isGone, factorialOf5(user)]).toEqual([2, false, 120]);
    user.close();
    await unplugged;
    expect(task.stat('/dev/vfio/5')).toBe(-Errno.ENOENT);
    asked.close();
  });

  test('two who unplug one device both hear when it is gone', async () => {
    const machine = machineWithEdu();
    const user = Attachment.open(machine.task(), EDU);
    const both = Promise.all([machine.unplug(EDU), machine.unplug(EDU)]);
    await machine.settle();
    user.close();
    await both;
    expect(machine.pci.functionAt(EDU)).toBeUndefined();
  });

  test('pulled out by surprise, every access finds ones, and closing works as ever', async () => {
    const machine = machineWithEdu();
    const task = machine.task();
    const user = Attachment.open(task, EDU);
    const unplugged = machine.unplug(EDU, { isSurprise: true });
    await machine.settle();
    user.device.bar(0).write32(FACTORIAL, 5);
    expect(user.device.bar(0).read32(FACTORIAL)).toBe(0xffff_ffff);
    expect(() => user.device.reset()).toThrow(/VFIO_DEVICE_RESET/);
    user.close();
    await unplugged;
    expect(machine.kernel.module('vfio_pci').references).toBe(0);
    expect(task.open('/dev/vfio/5', O_RDWR)).toBe(-Errno.ENOENT);
  });

  test('where nothing is, the error says what there is', async () => {
    await expect(machineWithEdu().unplug('00:06.0')).rejects.toThrow(
      "there is no device at 0000:00:06.0: did you mean '0000:00:05.0'?",
    );
  });
});

describe('binding by hand', () => {
  test('moves a device from driver to driver', async () => {
    const machine = machineWithEdu();
    await machine.hotPlug.bind(EDU, 'pci-stub');
    expect(pciDevice(machine.task(), EDU).driver).toBe('pci-stub');
    await machine.hotPlug.unbind(EDU);
    expect(pciDevice(machine.task(), EDU).driver).toBeUndefined();
    await machine.hotPlug.bind(EDU, 'vfio-pci');
    expect(pciDevice(machine.task(), EDU).driver).toBe('vfio-pci');
  });

  test('a driver that the kernel refuses is an error with its reason', async () => {
    const machine = new Machine({
      devices: [
        { model: 'edu', addr: EDU, group: 5 },
        { model: 'edu', addr: NEW, group: 5 },
      ],
    });
    using _user = Attachment.open(machine.task(), EDU);
    await expect(machine.hotPlug.bind(NEW, 'e1000')).rejects.toThrow(
      /e1000 does not take it \(EBUSY\): a program uses other devices of its group/,
    );
  });
});

describe('interrupts by hand', () => {
  test('reach whoever has enabled the vector, and nobody else', () => {
    const machine = machineWithEdu();
    const task = machine.task();
    using user = Attachment.open(task, EDU);
    expect(() => machine.hotPlug.interrupt(EDU)).toThrow(/no interrupts are enabled/);
    const event = Event.create(task);
    user.device.msi.setEvents([event]);
    machine.hotPlug.interrupt(EDU);
    expect(event.take()).toBe(1);
    expect(() => machine.hotPlug.interrupt(EDU, 1)).toThrow(/no vector 1: 1 enabled/);
  });
});

/** The start of each BAR. */
function ranges(machine: Machine): Map<string, bigint> {
  const all = new Map<string, bigint>();
  for (const { device, bars } of machine.pci.functions) {
    for (const bar of bars)
      if (bar !== undefined) all.set(`${device.name} ${bar.index}`, bar.address);
  }
  return all;
}
