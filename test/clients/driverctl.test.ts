// driverctl, a shell script that manages which driver a device gets; with --nosave it leaves /etc alone.

import { describe, expect, test } from 'vitest';
import { uvfio } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

const NIC = '0000:00:04.0';

/** A network card that has a driver of its own, beside an edu device. */
async function onNic(command: string, driver = 'vfio-pci') {
  const machine = [
    '--device',
    `shell,addr=${NIC},vendor=0x8086,device=0x100e,class=0x020000,driver=${driver}`,
  ];
  return await uvfio(
    'run',
    '--device',
    'edu,addr=0000:00:03.0',
    ...machine,
    '--',
    'sh',
    '-c',
    command,
  );
}

requires(['driverctl', 'modprobe'], () => {
  describe('driverctl', () => {
    test('lists devices with their drivers and overrides', async () => {
      const { stdout, stderr } = await onNic(
        'driverctl list-devices; driverctl list-devices network',
      );
      expect([stdout, stderr]).toEqual([
        `0000:00:03.0 vfio-pci [*]\n${NIC} vfio-pci [*]\n${NIC} vfio-pci [*]\n`,
        '',
      ]);
    });

    test('finds the driver’s module loaded, and moves a device from one driver to another', async () => {
      const { status, stdout, stderr } = await onNic(
        `driverctl --nosave set-override ${NIC} pci-stub && driverctl list-overrides
         driverctl --nosave set-override ${NIC} vfio-pci && driverctl list-overrides`,
      );
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout).toBe(
        `0000:00:03.0 vfio-pci\n${NIC} pci-stub\n0000:00:03.0 vfio-pci\n${NIC} vfio-pci\n`,
      );
    });

    test('takes an override back; without a driver of its own the device stays alone', async () => {
      const { stdout, stderr } = await onNic(
        `driverctl --nosave unset-override ${NIC}; driverctl list-devices`,
      );
      expect(stdout).toBe(`0000:00:03.0 vfio-pci [*]\n${NIC} (none)\n`);
      expect(stderr).toBe(`driverctl: failed to bind device ${NIC} to driver \n`);
    });

    test('keeps a device from all drivers', async () => {
      const { status, stdout } = await onNic(
        `driverctl --nosave set-override ${NIC} none && driverctl list-devices; ls /dev/vfio`,
      );
      expect([status, stdout]).toEqual([
        0,
        `0000:00:03.0 vfio-pci [*]\n${NIC} (none) [*]\n0\nvfio\n`,
      ]);
    });

    test('says that there is no such driver, or device', async () => {
      const { stderr } = await onNic(
        `driverctl --nosave set-override ${NIC} nonsense; driverctl --nosave set-override 0000:00:1f.0 vfio-pci`,
      );
      expect(stderr).toBe(
        'driverctl: no such module: nonsense\ndriverctl: no such device: 0000:00:1f.0\n',
      );
    });
  });
});
