// 32-bit programs on a 64-bit kernel: other call numbers, other structs, arguments in halves.

import { describe, expect, test } from 'vitest';
import { requires } from '../support/requirement.js';
import { COMPAT, requiresCompat } from './compat-programs.js';
import { compiled, uvfio } from './uvfio.js';

const EDU = '0000:00:03.0';
const DEVICE = `/sys/bus/pci/devices/${EDU}`;
const FILES = [
  '/dev/vfio/vfio',
  '/dev/vfio/0',
  // attributes: read from a copy, with effects, binary
  `${DEVICE}/vendor`,
  `${DEVICE}/driver_override`,
  `${DEVICE}/config`,
  `${DEVICE}/resource0`,
  // directories and links
  '/dev/vfio',
  '/sys/bus/pci/devices',
  '/sys/module/vfio_pci',
  DEVICE,
  `${DEVICE}/driver`,
  `${DEVICE}/iommu_group`,
  // nothing
  `${DEVICE}/nonsense`,
  '/dev/vfio/99',
];

requiresCompat(() => {
  describe('a 32-bit program', () => {
    test.each([
      ['bar', 'work', 'ready\nworked\n'],
      ['bar', 'threads', 'ready\nthreads done\n'],
      ['irq', 'fork', 'ready\nforked\n'],
    ])('drives the device: %s %s', async (state, action, stdout) => {
      const client = compiled('vfio-client', ...COMPAT);
      const ended = await uvfio('run', '--', client, state, action, EDU);
      expect(ended).toEqual({ status: 0, signal: null, stdout, stderr: '' });
    });

    test('sees of all kinds of files what a 64-bit program sees', async () => {
      const native = await uvfio('run', '--', compiled('files'), ...FILES);
      const compat = await uvfio('run', '--', compiled('files', ...COMPAT), ...FILES);
      expect(native).toMatchObject({ status: 0, stderr: '' });
      expect(native.stdout.match(/^\//gm)).toHaveLength(FILES.length);
      expect(compat).toEqual(native);
    });
  });
});

requires('cc', () => {
  test('a 32-bit ioctl passes only the lower half of its argument on', async () => {
    const { stdout } = await uvfio('run', '--', compiled('int80'));
    expect(stdout).toBe('64 bits: 0\n32 bits: 1\n');
  });
});
