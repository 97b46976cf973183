// While a program uses a group, a driver that does DMA of its own must not get one of the members.

import { expect, test } from 'vitest';
import { Machine } from '../../src/machine.js';
import { Errno } from '../../src/uapi/errno.js';
import { O_RDWR, O_WRONLY } from '../../src/uapi/file.js';
import { VFIO_GROUP_SET_CONTAINER, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU } from '../../src/uapi/vfio.js';

const BDF = '0000:00:03.0';

/** A program uses the group of two functions; then an ordinary driver is bound to the other one. */
function bindInUse(dmaOwnership: 'refuse' | 'panic'): {
  machine: Machine;
  bind: () => number | Promise<number>;
} {
  const machine = new Machine({
    dmaOwnership,
    drivers: [{ name: 'native' }],
    devices: [
      { model: 'edu', addr: BDF, group: 'pair' },
      { model: 'edu', addr: '0000:00:04.0', group: 'pair', driver: 'none' },
    ],
  });
  const task = machine.task();
  const container = task.open('/dev/vfio/vfio', O_RDWR);
  const group = task.open('/dev/vfio/0', O_RDWR);
  const argument = new DataView(new ArrayBuffer(4));
  argument.setInt32(0, container, true);
  expect(task.ioctl(group, VFIO_GROUP_SET_CONTAINER, argument)).toBe(0);
  expect(task.ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1_IOMMU)).toBe(0);
  const write = (path: string, text: string): number | Promise<number> => {
    const fd = task.open(path, O_WRONLY);
    return task.write(fd, new TextEncoder().encode(text));
  };
  expect(write('/sys/bus/pci/devices/0000:00:04.0/driver_override', 'native')).toBe(6);
  return { machine, bind: () => write('/sys/bus/pci/drivers/native/bind', '0000:00:04.0') };
}

test('binding it is refused with EBUSY', () => {
  expect(bindInUse('refuse').bind()).toBe(-Errno.EBUSY);
});

test('asked to, the machine stops where the core finds out, and answers nothing any more', () => {
  const { machine, bind } = bindInUse('panic');
  expect(() => bind()).toThrow(/0000:00:04.0 bound to native/);
  expect(machine.kernel.log.bug?.condition).toBe('not_viable');
  expect(machine.task().open('/dev/vfio/vfio', O_RDWR)).toBe(-Errno.EIO);
});
