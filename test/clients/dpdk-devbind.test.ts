// dpdk-devbind.py, DPDK's script to bind devices; it finds them with lspci and modules in /sys/module.

import { describe, expect, test } from 'vitest';
import { inShell } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

const NIC = '0000:00:04.0';

/** A list of the script's, without its empty lines, underlines and names. */
function listed(stdout: string): string[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('='))
    .map((line) => line.replace(/ '.*' /, ' '));
}

requires(['dpdk-devbind.py', 'lspci'], () => {
  describe('dpdk-devbind.py', () => {
    test('lists what DPDK can use', async () => {
      const { stdout, stderr } = await inShell('dpdk-devbind.py --status-dev net');
      expect(stderr).toBe('');
      expect(listed(stdout)).toEqual([
        'Network devices using DPDK-compatible driver',
        `${NIC} drv=vfio-pci unused=`,
        '0000:01:01.0 drv=vfio-pci unused=',
        '0000:01:02.0 drv=vfio-pci unused=',
      ]);
    });

    test('unbinds and binds', async () => {
      const { status, stdout, stderr } = await inShell(
        `dpdk-devbind.py --unbind ${NIC} && ls /dev/vfio && dpdk-devbind.py --status-dev net &&
         dpdk-devbind.py --bind vfio-pci ${NIC} && ls /dev/vfio`,
      );
      expect([status, stderr]).toEqual([0, '']);
      expect(listed(stdout)).toEqual([
        ...['0', '2', 'vfio'],
        'Network devices using DPDK-compatible driver',
        '0000:01:01.0 drv=vfio-pci unused=',
        '0000:01:02.0 drv=vfio-pci unused=',
        'Other Network devices',
        `${NIC} unused=vfio-pci`,
        ...['0', '1', '2', 'vfio'],
      ]);
    });

    test('refuses a driver that is not loaded', async () => {
      const { status, stderr } = await inShell(`dpdk-devbind.py --bind uio_pci_generic ${NIC}`);
      expect([status, stderr]).toEqual([1, "Error: Driver 'uio_pci_generic' is not loaded.\n"]);
    });
  });
});
