// remove, rescan, enable, reset, reset_method, config, resourceN, rom: files that act on a function.
import { beforeEach, describe, expect, it } from 'vitest';
import { rootPortModel } from '../../../src/devices/bridge/index.js';
import { iommuGroupOf } from '../../../src/iommu/iommu-group.js';
import { expressCapability } from '../../../src/pci/capabilities.js';
import type { FunctionDescription } from '../../../src/pci/device-model.js';
import { plainDriver, TestPci } from '../test-pci.js';

const BDF = '0000:01:00.0';
const path = (name: string) => `/sys/bus/pci/devices/${BDF}/${name}`;

const device: FunctionDescription = {
  model: 'test',
  identity: { vendor: 1, device: 2, class: 0xff0000 },
  bars: [
    { index: 0, kind: 'memory32', size: 4096, isMappable: true },
    { index: 1, kind: 'io', size: 16 },
  ],
  rom: { size: 2048, image: Uint8Array.of(0x55, 0xaa) },
  capabilities: [expressCapability({ hasFunctionLevelReset: true })],
};

let machine: TestPci;

beforeEach(() => {
  machine = new TestPci({ '00:05.0': rootPortModel.describe({}), '01:00.0': device });
});

describe('remove', () => {
  it('takes the function away, with its directory and links', async () => {
    expect(await machine.echo('1', path('remove'))).toBe('ok');
    expect(machine.cat(path('vendor'))).toBe('ENOENT');
    expect(machine.pci.functionAt(BDF)).toBeUndefined();
    expect(machine.cat(`/sys/kernel/iommu_groups/1/devices/${BDF}/vendor`)).toBe('ENOENT');
  });

  it('of a bridge takes what is behind it, too', async () => {
    await machine.echo('1', '/sys/bus/pci/devices/0000:00:05.0/remove');
    expect(machine.pci.functions).toEqual([]);
  });

  it('is undone by a rescan, in the same group and without driver_override', async () => {
    const group = iommuGroupOf(machine.at(BDF).device);
    await machine.echo('vfio-pci', path('driver_override'));
    await machine.echo('1', path('remove'));
    expect(await machine.echo('1', '/sys/bus/pci/rescan')).toBe('ok');
    expect(iommuGroupOf(machine.at(BDF).device)).toBe(group);
    expect(machine.cat(path('driver_override'))).toBe('(null)\n');
  });

  it('refuses what is no number with EINVAL and ignores 0', async () => {
    expect(await machine.echo('x', path('remove'))).toBe('EINVAL');
    expect(await machine.echo('0', path('remove'))).toBe('ok');
    expect(machine.cat(path('vendor'))).toBe('0x0001\n');
  });
});

describe('enable', () => {
  it('counts, and refuses to disable what is not enabled with EIO', async () => {
    expect(await machine.echo('0', path('enable'))).toBe('EIO');
    await machine.echo('1', path('enable'));
    await machine.echo('1', path('enable'));
    expect(machine.cat(path('enable'))).toBe('2\n');
  });

  it('is refused with EBUSY while a driver has the function', async () => {
    machine.pci.registerDriver(plainDriver('plain'));
    await machine.echo('plain', path('driver_override'));
    await machine.echo(BDF, '/sys/bus/pci/drivers/plain/bind');
    expect(await machine.echo('1', path('enable'))).toBe('EBUSY');
  });

  it('enables the bridges above, which stay so', async () => {
    await machine.echo('1', path('enable'));
    await machine.echo('0', path('enable'));
    expect(machine.cat('/sys/bus/pci/devices/0000:00:05.0/enable')).toBe('1\n');
  });
});

describe('reset and reset_method', () => {
  it.each([
    ['1', 'ok'],
    ['0', 'EINVAL'],
    ['nonsense', 'EINVAL'],
  ])('reset of %j: %s', async (text, result) => {
    expect(await machine.echo(text, path('reset'))).toBe(result);
  });

  it('reset_method lists the methods and takes some of them', async () => {
    expect(machine.cat(path('reset_method'))).toBe('flr bus\n');
    expect(await machine.echo('bus', path('reset_method'))).toBe('ok');
    expect(machine.cat(path('reset_method'))).toBe('bus\n');
    expect(await machine.echo('default', path('reset_method'))).toBe('ok');
    expect(machine.cat(path('reset_method'))).toBe('flr bus\n');
  });

  it.each(['nonsense', 'pm', 'flr nonsense'])(
    'reset_method refuses %j with EINVAL',
    async (text) => {
      expect(await machine.echo(text, path('reset_method'))).toBe('EINVAL');
    },
  );

  it('are not there for a function that can’t be reset', () => {
    const plain = { ...device, capabilities: [] };
    const other = new TestPci({ '00:03.0': plain });
    expect(other.cat('/sys/bus/pci/devices/0000:00:03.0/reset_method')).toBe('ENOENT');
  });
});

describe('config', () => {
  it('shows 64 bytes to others than the administrator', () => {
    const user = { uid: 1000, gid: 1000, dacOverride: false, ipcLock: false, sysAdmin: false };
    const task = machine.newTask(user);
    expect(machine.read(path('config'), 0, 4096, task)).toHaveLength(64);
    expect(machine.read(path('config'), 64, 4, task)).toHaveLength(0);
    expect(machine.read(path('config'), 0, 4096)).toHaveLength(4096);
  });

  it('takes writes as hardware does', async () => {
    await machine.echo(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x07, 0x00), path('config'));
    expect(machine.at(BDF).config.read(0, 4)).toBe(0x0002_0001);
    expect(machine.at(BDF).config.read(4, 2)).toBe(0x0007);
  });
});

describe('resource files', () => {
  it('an I/O BAR is read and written in accesses of 1, 2 and 4 bytes', async () => {
    expect(await machine.echo(Uint8Array.of(1, 2, 3, 4), path('resource1'))).toBe('ok');
    expect(machine.read(path('resource1'), 1, 2)).toEqual(Uint8Array.of(2, 3));
    expect(machine.read(path('resource1'), 0, 3)).toBe('EINVAL');
  });

  it('a memory BAR can’t be read', () => {
    expect(machine.read(path('resource0'), 0, 4)).toBe('EIO');
  });

  it('a ROM is read after 1 was written', async () => {
    expect(machine.read(path('rom'), 0, 2)).toBe('EINVAL');
    await machine.echo('1', path('rom'));
    expect(machine.read(path('rom'), 0, 2)).toEqual(Uint8Array.of(0x55, 0xaa));
  });
});
