// bind, unbind, new_id, remove_id, driver_override and drivers_probe: what they do and what they refuse.
import { beforeEach, describe, expect, it } from 'vitest';
import { iommuGroupOf } from '../../../src/iommu/iommu-group.js';
import { Iommu } from '../../../src/iommu/iommu.js';
import { kernelError } from '../../../src/kernel/error.js';
import { pciDeviceId } from '../../../src/pci/driver.js';
import { pciStub } from '../../../src/pci/drivers/pci-stub.js';
import { plainDriver, TestPci } from '../test-pci.js';

const BDF = '0000:00:03.0';
const device = { model: 'test', identity: { vendor: 0x1234, device: 0x11e8, class: 0xff0000 } };
const drivers = '/sys/bus/pci/drivers';
const override = `/sys/bus/pci/devices/${BDF}/driver_override`;

let machine: TestPci;

beforeEach(() => {
  machine = new TestPci({ '00:03.0': device, '00:04.0': device });
  machine.pci.registerDriver(pciStub(machine.kernel));
  machine.pci.registerDriver(plainDriver('plain'));
});

describe('bind', () => {
  it.each(['nonsense', '\n', 'ffff:ff:1f.7', '00:03.0', `${BDF}x`, ` ${BDF}`])(
    'of %j is refused with ENODEV',
    async (text) => {
      expect(await machine.echo(text, `${drivers}/plain/bind`)).toBe('ENODEV');
    },
  );

  it('of a device that does not match is refused with ENODEV', async () => {
    expect(await machine.echo(BDF, `${drivers}/plain/bind`)).toBe('ENODEV');
  });

  it('binds a device that driver_override names the driver for, and shows the links', async () => {
    await machine.echo('plain', override);
    expect(await machine.echo(`${BDF}\n`, `${drivers}/plain/bind`)).toBe('ok');
    expect(machine.cat(`/sys/bus/pci/devices/${BDF}/driver/${BDF}/vendor`)).toBe('0x1234\n');
    expect(machine.cat(`/sys/bus/pci/devices/${BDF}/uevent`)).toMatch(/^DRIVER=plain\n/);
  });

  it('of a device that has a driver is refused with EBUSY', async () => {
    await machine.echo('plain', override);
    await machine.echo(BDF, `${drivers}/plain/bind`);
    expect(await machine.echo(BDF, `${drivers}/plain/bind`)).toBe('EBUSY');
  });

  it('fails as the probe does, and leaves the device without driver', async () => {
    const probe = () => {
      throw kernelError('EINVAL');
    };
    machine.pci.registerDriver(plainDriver('failing', { probe }));
    await machine.echo('failing', override);
    expect(await machine.echo(BDF, `${drivers}/failing/bind`)).toBe('EINVAL');
    expect(machine.driverOf(BDF)).toBe('none');
    expect(machine.cat(`/sys/bus/pci/devices/${BDF}/power/runtime_usage`)).toBe('1\n');
  });

  it('can’t be read', () => {
    expect(machine.cat(`${drivers}/plain/bind`)).toBe('EACCES');
  });
});

describe('unbind', () => {
  it('of a device of another driver is refused with ENODEV', async () => {
    expect(await machine.echo(BDF, `${drivers}/plain/unbind`)).toBe('ENODEV');
  });

  it('takes the link away at once and waits for the driver', async () => {
    let release: () => void = () => undefined;
    const remove = () =>
      new Promise<void>((resolve) => {
        release = resolve;
      });
    machine.pci.registerDriver(plainDriver('slow', { remove }));
    await machine.echo('slow', override);
    await machine.echo(BDF, `${drivers}/slow/bind`);
    const unbound = machine.echo(BDF, `${drivers}/slow/unbind`);
    expect(machine.cat(`/sys/bus/pci/devices/${BDF}/driver/module`)).toBe('ENOENT');
    expect(machine.driverOf(BDF)).toBe('slow');
    const again = machine.echo(BDF, `${drivers}/slow/unbind`);
    const bound = machine.echo(BDF, `${drivers}/slow/bind`);
    release();
    expect(await unbound).toBe('ok');
    expect(await again).toBe('ok');
    expect(await bound).toBe('ok');
  });
});

describe('new_id', () => {
  it.each([
    ['nonsense', 'EINVAL'],
    ['\n', 'EINVAL'],
    ['1234', 'EINVAL'],
    ['1234:5678', 'EINVAL'],
    ['fedc ba98', 'ok'],
    ['fedc ba97 1111 2222', 'ok'],
    ['0xfedc 0xba94', 'ok'],
    ['fedc ba95 ffffffff ffffffff 0 0 1', 'EINVAL'],
  ])('of %j: %s', async (text, result) => {
    expect(await machine.echo(text, `${drivers}/plain/new_id`)).toBe(result);
  });

  it('of an id the driver has is refused with EEXIST', async () => {
    machine.pci.registerDriver(plainDriver('known', { ids: [pciDeviceId(0xfedc, 1)] }));
    expect(await machine.echo('fedc 1', `${drivers}/known/new_id`)).toBe('EEXIST');
    await machine.echo('fedc 2', `${drivers}/known/new_id`);
    expect(await machine.echo('fedc 2', `${drivers}/known/new_id`)).toBe('EEXIST');
  });

  it('binds all devices that match at once, but not those that another driver is named for', async () => {
    await machine.echo('pci-stub', `/sys/bus/pci/devices/0000:00:04.0/driver_override`);
    await machine.echo('1234 11e8', `${drivers}/plain/new_id`);
    expect(machine.driverOf(BDF)).toBe('plain');
    expect(machine.driverOf('0000:00:04.0')).toBe('none');
  });
});

describe('remove_id', () => {
  it.each([
    ['nonsense', 'EINVAL'],
    ['fedc', 'EINVAL'],
    ['fedc 0000', 'ENODEV'],
  ])('of %j: %s', async (text, result) => {
    expect(await machine.echo(text, `${drivers}/plain/remove_id`)).toBe(result);
  });

  it('of an id that is there leaves the devices bound', async () => {
    await machine.echo('1234 11e8', `${drivers}/plain/new_id`);
    expect(await machine.echo('1234 11e8', `${drivers}/plain/remove_id`)).toBe('ok');
    expect(machine.driverOf(BDF)).toBe('plain');
    expect(await machine.echo('1234 11e8', `${drivers}/plain/remove_id`)).toBe('ENODEV');
  });
});

describe('driver_override', () => {
  it.each([
    ['vfio-pci\npci-stub\n', 'vfio-pci\n'],
    ['  vfio-pci  ', '  vfio-pci  \n'],
    ['\n', '(null)\n'],
    ['a'.repeat(4094), `${'a'.repeat(4094)}\n`],
  ])('keeps the first line, blanks and all', async (text, shown) => {
    expect(await machine.echo(text, override)).toBe('ok');
    expect(machine.cat(override)).toBe(shown);
  });

  it.each([4095, 4096, 8191])('refuses %i characters with EINVAL', async (length) => {
    expect(await machine.echo('a'.repeat(length), override)).toBe('EINVAL');
  });
});

describe('drivers_probe', () => {
  it.each([
    ['nonsense', 'ENODEV'],
    ['00:03.0', 'ENODEV'],
    [BDF, 'ok'],
  ])('of %j: %s', async (text, result) => {
    expect(await machine.echo(text, '/sys/bus/pci/drivers_probe')).toBe(result);
  });

  it('binds the driver that is named', async () => {
    await machine.echo('pci-stub', override);
    await machine.echo(BDF, '/sys/bus/pci/drivers_probe');
    expect(machine.driverOf(BDF)).toBe('pci-stub');
  });
});

describe('while a user owns a group', () => {
  beforeEach(() => {
    const isGroupOwned = () => true;
    machine = new TestPci({ '00:03.0': device }, { iommu: new Iommu(), isGroupOwned });
    machine.pci.registerDriver(pciStub(machine.kernel));
    machine.pci.registerDriver(plainDriver('plain', { ids: [pciDeviceId(0x1234, 0x11e8)] }));
  });

  it('an ordinary driver is refused: EBUSY by bind, EINVAL by drivers_probe, and silently by itself', async () => {
    expect(machine.driverOf(BDF)).toBe('none');
    expect(await machine.echo(BDF, `${drivers}/plain/bind`)).toBe('EBUSY');
    expect(await machine.echo(BDF, '/sys/bus/pci/drivers_probe')).toBe('EINVAL');
  });

  it('a driver that leaves DMA alone is not', async () => {
    await machine.echo('pci-stub', override);
    expect(await machine.echo(BDF, `${drivers}/pci-stub/bind`)).toBe('ok');
  });

  it('nothing is refused with dmaOwnership panic: the group’s notifier hears of it', async () => {
    const options = {
      iommu: new Iommu(),
      isGroupOwned: () => true,
      dmaOwnership: 'panic' as const,
    };
    machine = new TestPci({ '00:03.0': device }, options);
    const heard: string[] = [];
    const group = iommuGroupOf(machine.at(BDF).device);
    group?.registerNotifier(({ action }) => heard.push(action));
    machine.pci.registerDriver(plainDriver('plain', { ids: [pciDeviceId(0x1234, 0x11e8)] }));
    expect(heard).toEqual(['bind-driver', 'bound-driver']);
  });
});
