// Directories and plain files that programs are shown, as the machine changes.

import { expect, test } from 'vitest';
import { inShell } from './uvfio.js';

const EDU = '0000:00:03.0';
const VENDOR = `/sys/devices/pci0000:00/${EDU}/vendor`;

test('a file that was shown can be read again after its device was away', async () => {
  // Looking into the directory meanwhile takes what was shown away.
  const script = `cat ${VENDOR}; echo 1 > /sys/bus/pci/devices/${EDU}/remove
    ls /sys/devices/pci0000:00 | grep -c ${EDU}; echo 1 > /sys/bus/pci/rescan; cat ${VENDOR}`;
  const { status, stdout, stderr } = await inShell(script);
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: '0x1234\n0\n0x1234\n',
    stderr: '',
  });
});
