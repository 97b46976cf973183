// What faults on purpose do to programs.
import { Machine } from 'uvfio';
import { Attachment, Event } from 'uvfio/client';
import { describe, expect, test } from 'vitest';
import { Errno } from '../../../src/uapi/errno.js';
import { O_RDWR } from '../../../src/uapi/file.js';
import { VFIO_CHECK_EXTENSION, VFIO_TYPE1_IOMMU } from '../../../src/uapi/vfio.js';

const EDU = '0000:00:05.0';
const LIVENESS = 0x04;

function machineWith(...faults: string[]): Machine {
  return new Machine({ devices: [{ model: 'edu', addr: EDU }], faults });
}

/** Maps another page each time. */
function mapper(machine: Machine): () => unknown {
  const { container } = Attachment.open(machine.task(), EDU);
  let page = 0n;
  return () => container.allocate({ length: 4096, iova: ++page * 4096n });
}

/** Which of so many calls failed, counted from 1. */
function failures(count: number, call: () => unknown): number[] {
  return Array.from({ length: count }, (_, index) => index + 1).filter(() => {
    try {
      call();
      return false;
    } catch {
      return true;
    }
  });
}

describe('calls', () => {
  test('the n-th fails with the error, and no other', () => {
    expect(failures(5, mapper(machineWith('map_dma:ENOMEM@3')))).toEqual([3]);
  });

  test('a failed call was not made', () => {
    const task = machineWith('open:EMFILE@1').task();
    expect(task.open('/dev/vfio/vfio', O_RDWR)).toBe(-Errno.EMFILE);
    expect(task.openFiles).toEqual([]);
  });

  test('a point of the kernel fails in its own way: an opened device is closed again', () => {
    const machine = machineWith('get_unused_fd@1');
    expect(() => Attachment.open(machine.task(), EDU)).toThrow(/EMFILE/);
    machine.dispose();
    expect(machine.kernel.module('vfio_pci').references).toBe(0);
  });

  test('a delayed call takes that much of the machine’s time', () => {
    const machine = machineWith('read:delay=20ms');
    using user = Attachment.open(machine.task(), EDU);
    const before = machine.clock.nowMs;
    user.device.bar(0).read32(LIVENESS);
    expect(machine.clock.nowMs - before).toBeGreaterThan(19);
  });

  test('the same seed gives the same faults, another one others', () => {
    const pattern = (faultSeed: number): number[] => {
      const devices = [{ model: 'edu', addr: EDU }];
      const machine = new Machine({ devices, faults: ['map_dma:EIO:30%'], faultSeed });
      return failures(60, mapper(machine));
    };
    expect(pattern(1)).toEqual(pattern(1));
    expect(pattern(1)).not.toEqual(pattern(2));
    expect(pattern(1).length).toBeGreaterThan(5);
    expect(pattern(1).length).toBeLessThan(35);
  });
});

describe('devices', () => {
  /** A device that interrupts when told to, and who listens. */
  function interrupting(...faults: string[]) {
    const machine = machineWith(...faults);
    const task = machine.task();
    const user = Attachment.open(task, EDU);
    user.device.enableBusMaster();
    const event = Event.create(task);
    user.device.msi.setEvents([event]);
    const raise = (): void => {
      user.device.bar(0).write32(0x60, 1);
      user.device.bar(0).write32(0x64, 1);
    };
    return { machine, event, raise };
  }

  test('lost interrupts are lost, spurious ones come twice', () => {
    const lost = interrupting('irq:lost@2');
    for (let i = 0; i < 3; i++) lost.raise();
    expect(lost.event.take()).toBe(2);
    const twice = interrupting('irq:spurious@1');
    twice.raise();
    expect(twice.event.take()).toBe(2);
  });

  test('late interrupts come later', async () => {
    const { machine, event, raise } = interrupting('irq:delay=20ms');
    raise();
    expect(event.take()).toBe(0);
    await machine.advance(20);
    expect(event.take()).toBe(1);
  });

  test('a DMA that fails leaves memory alone and is counted as a fault', () => {
    const machine = machineWith('dma_write:fault@1');
    using user = Attachment.open(machine.task(), EDU);
    user.device.enableBusMaster();
    using buffer = user.container.allocate({ length: 4096, iova: 0x10_0000n });
    buffer.bytes.fill(7);
    const registers = user.device.bar(0);
    registers.write32(0x80, 0x4_0000);
    registers.write32(0x88, Number(buffer.iova));
    registers.write32(0x90, 4);
    registers.write32(0x98, 3);
    while ((registers.read32(0x98) & 1) !== 0);
    expect([...buffer.bytes.subarray(0, 4)]).toEqual([7, 7, 7, 7]);
    expect(machine.pci.functionAt(EDU)?.dma.faultCount).toBe(1);
  });

  test('a stuck register reads the same whatever is written', () => {
    using user = Attachment.open(machineWith('register:stuck=0x55,offset=4').task(), EDU);
    const registers = user.device.bar(0);
    registers.write32(LIVENESS, 0);
    expect([registers.read32(LIVENESS), registers.read32(0)]).toEqual([0x55, 0x0100_00ed]);
  });

  test('a device pulled out after n operations is gone for its user, and then for all', async () => {
    const machine = machineWith('device:gone@3');
    const task = machine.task();
    const user = Attachment.open(task, EDU);
    const registers = user.device.bar(0);
    for (let i = 0; i < 3; i++) registers.read32(0);
    await machine.advance(1);
    expect(registers.read32(0)).toBe(0xffff_ffff);
    user.close();
    await machine.settle();
    expect(task.stat(`/sys/bus/pci/devices/${EDU}`)).toBe(-Errno.ENOENT);
  });
});

describe('while the machine runs', () => {
  test('faults are added, counted and removed; then nothing is asked any more', () => {
    const machine = machineWith();
    const task = machine.task();
    const container = task.open('/dev/vfio/vfio', O_RDWR);
    const check = () => task.ioctl(container, VFIO_CHECK_EXTENSION, VFIO_TYPE1_IOMMU);
    const { id } = machine.faults.add('check_extension:EIO@2+');
    expect([check(), check(), check()]).toEqual([1, -Errno.EIO, -Errno.EIO]);
    expect(machine.faults.report.faults).toEqual([
      { id, spec: 'check_extension:EIO@2+', reached: 3, struck: 2 },
    ]);
    machine.faults.remove(id);
    expect([check(), machine.kernel.faults.injector]).toEqual([1, undefined]);
    expect(() => machine.faults.remove(id)).toThrow(`there is no fault ${id}: none is set`);
  });

  test('a device that is plugged in later is meant as well', () => {
    const machine = machineWith('register:stuck=0x55,offset=4');
    machine.plug('edu,addr=00:06.0');
    using user = Attachment.open(machine.task(), '0000:00:06.0');
    expect(user.device.bar(0).read32(LIVENESS)).toBe(0x55);
  });

  test('a device that is not there is refused', () => {
    expect(() => machineWith('irq:lost,device=00:07.0')).toThrow(
      "fault 'irq:lost,device=00:07.0': there is no device at 0000:00:07.0: devices are at 0000:00:05.0",
    );
  });
});
