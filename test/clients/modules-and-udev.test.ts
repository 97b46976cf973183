// kmod and udev: other programs ask them for modules and devices.

import { describe, expect, test } from 'vitest';
import { inShell } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

requires('modprobe', () => {
  describe('modprobe', () => {
    test.each(['vfio-pci', 'vfio_iommu_type1', 'pci-stub'])(
      '%s is part of the kernel',
      async (name) => {
        const { status, stderr } = await inShell(`modprobe ${name}`);
        expect([status, stderr]).toEqual([0, '']);
      },
    );

    test('does not know what the machine does not have', async () => {
      const { status } = await inShell('modprobe -q nvme_nonsense');
      expect(status).toBe(1);
    });
  });
});

requires('udevadm', () => {
  describe('udevadm info', () => {
    test('knows a PCI device by its link', async () => {
      const { status, stdout } = await inShell(
        'udevadm info -q property /sys/bus/pci/devices/0000:01:01.0',
      );
      expect(status).toBe(0);
      expect(stdout).toContain('DEVPATH=/devices/pci0000:00/0000:00:1e.0/0000:01:01.0\n');
      expect(stdout).toContain('DRIVER=vfio-pci\n');
    });

    test('knows a group by its node', async () => {
      const { status, stdout } = await inShell('udevadm info -q property -n vfio/0');
      expect(status).toBe(0);
      expect(stdout).toContain('DEVPATH=/devices/virtual/vfio/0\n');
      expect(stdout).toContain('DEVNAME=/dev/vfio/0\n');
    });

    test('walks up through bridges', async () => {
      const { stdout } = await inShell('udevadm info -a /sys/bus/pci/devices/0000:01:01.0');
      expect(
        [...stdout.matchAll(/looking at (?:parent )?device '(.*)'/g)].map(([, path]) => path),
      ).toEqual([
        '/devices/pci0000:00/0000:00:1e.0/0000:01:01.0',
        '/devices/pci0000:00/0000:00:1e.0',
        '/devices/pci0000:00',
      ]);
    });
  });
});
