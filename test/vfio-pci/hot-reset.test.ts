import { describe, expect, test } from 'vitest';
import { iommuGroupOf } from '../../src/iommu/iommu-group.js';
import * as vfio from '../../src/uapi/vfio.js';
import type { OpenDevice } from './open-device.js';
import { card, edu, smallCard } from './test-functions.js';
import { TestMachine, bridge, port } from './test-machine.js';

const FIRST = '0000:02:01.0';
const SECOND = '0000:02:02.0';

/** Two functions behind a bridge, in one group with it. */
function openPair() {
  const machine = new TestMachine({
    '0000:00:01.0': port,
    '0000:01:00.0': bridge,
    [FIRST]: card,
    [SECOND]: smallCard,
  });
  return { machine, device: machine.open(FIRST) };
}

function openOnRootBus(): OpenDevice {
  return new TestMachine({ '0000:00:03.0': edu }).open('0000:00:03.0');
}

describe('VFIO_DEVICE_GET_PCI_HOT_RESET_INFO', () => {
  function getInfo(device: OpenDevice, argsz: number) {
    const view = new DataView(new ArrayBuffer(256));
    vfio.PciHotResetInfo.encode(view, { argsz, flags: 7, count: 77 });
    const result = device.ioctl(vfio.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, view);
    return { result, view, ...vfio.PciHotResetInfo.decode(view) };
  }

  test('lists all functions of the bus with their groups', () => {
    const { machine, device } = openPair();
    const groupId = iommuGroupOf(machine.functionAt(FIRST).device)?.id;
    const info = getInfo(device, 28);
    expect(info).toMatchObject({ result: 0, argsz: 28, flags: 0, count: 2 });
    expect([0, 1].map((i) => vfio.PciDependentDevice.decode(info.view, 12 + 8 * i))).toEqual([
      { groupId, segment: 0, bus: 2, devfn: 1 << 3 },
      { groupId, segment: 0, bus: 2, devfn: 2 << 3 },
    ]);
  });

  test('without room is ENOSPC, with the number of functions', () => {
    expect(getInfo(openPair().device, 27)).toMatchObject({ result: 'ENOSPC', flags: 0, count: 2 });
  });

  test('on the root bus is ENODEV; argsz below 12 is EINVAL first', () => {
    expect(getInfo(openOnRootBus(), 256).result).toBe('ENODEV');
    expect(getInfo(openOnRootBus(), 11).result).toBe('EINVAL');
  });

  test('lists functions that are not bound, too', async () => {
    const { machine, device } = openPair();
    await machine.unbind(SECOND);
    expect(getInfo(device, 28).count).toBe(2);
  });
});

describe('VFIO_DEVICE_PCI_HOT_RESET', () => {
  function hotReset(
    device: OpenDevice,
    request: { argsz?: number; flags?: number; count?: number; fds: number[] },
  ) {
    const { fds, argsz = 12 + 4 * fds.length, flags = 0, count = fds.length } = request;
    const view = new DataView(new ArrayBuffer(64));
    vfio.PciHotReset.encode(view, { argsz, flags, count });
    for (const [i, fd] of fds.entries()) view.setInt32(12 + 4 * i, fd, true);
    return device.ioctl(vfio.VFIO_DEVICE_PCI_HOT_RESET, view);
  }

  test('resets every function of the bus, for who shows the groups of all', () => {
    const { machine, device } = openPair();
    device.writeNumber(0, 0, 4, 0x1234);
    const [, neighbour] = machine.functionAt(SECOND).bars;
    neighbour?.setMapped(true);
    neighbour?.bytes?.fill(0x55);
    device.command = 7;
    expect(hotReset(device, { fds: [device.group] })).toBe(0);
    expect(device.number(0, 0, 4)).toBe(0);
    expect(neighbour?.bytes?.[0]).toBe(0);
    expect(device.command).toBe(7);
  });

  test('the same group twice is fine, more groups than functions are not', () => {
    const { device } = openPair();
    expect(hotReset(device, { fds: [device.group, device.group] })).toBe(0);
    expect(hotReset(device, { fds: [device.group], count: 3 })).toBe('EINVAL');
    expect(hotReset(device, { fds: [], count: 0 })).toBe('EINVAL');
  });

  test('argsz below 12 and flags are EINVAL; beyond that argsz is not looked at', () => {
    const { device } = openPair();
    expect(hotReset(device, { fds: [device.group], argsz: 11 })).toBe('EINVAL');
    expect(hotReset(device, { fds: [device.group], flags: 1 })).toBe('EINVAL');
    expect(hotReset(device, { fds: [device.group], argsz: 12 })).toBe(0);
  });

  test('a closed descriptor is EBADF, what is no group EINVAL', () => {
    const { machine, device } = openPair();
    expect(hotReset(device, { fds: [-1] })).toBe('EBADF');
    const others = [machine.otherFile(), machine.eventFd().fd, device.container, device.fd];
    for (const fd of others) expect(hotReset(device, { fds: [fd] })).toBe('EINVAL');
    expect(machine.files.holds).toBe(0);
  });

  test('is EINVAL while a function of the bus is not bound to vfio-pci', async () => {
    const { machine, device } = openPair();
    await machine.unbind(SECOND);
    expect(hotReset(device, { fds: [device.group] })).toBe('EINVAL');
  });

  test('on the root bus is ENODEV, whatever the groups', () => {
    expect(hotReset(openOnRootBus(), { fds: [-1] })).toBe('ENODEV');
  });

  test('gives the groups back: they can be closed and left', () => {
    const { machine, device } = openPair();
    hotReset(device, { fds: [device.group, -1] });
    machine.files.close(device.fd);
    expect(machine.ioctl(device.group, vfio.VFIO_GROUP_UNSET_CONTAINER, 0)).toBe(0);
  });
});
