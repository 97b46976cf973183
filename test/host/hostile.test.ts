// Programs that try to get at the machine past its front door.

import { expect, test } from 'vitest';
import { requires } from '../support/requirement.js';
import { compiled, inShell, uvfio } from './uvfio.js';

const EDU = '0000:00:03.0';

requires('cc', () => {
  test('memory that a program shares with a device can not be taken away under the machine', async () => {
    const ended = await uvfio('run', '--', compiled('vfio-client'), 'bar', 'shrink', EDU);
    expect(ended).toEqual({ status: 0, signal: null, stdout: 'ready\nas it was\n', stderr: '' });
  });
});

test('what the host keeps for itself can not be found', async () => {
  // The shell's parent is uvfio, which the directory is named after.
  const { stdout } = await inShell('d=$(echo /dev/shm/uvfio-$PPID-*); echo "$d"; ls "$d" 2>&1');
  const [directory, listing] = stdout.split('\n');
  expect(directory).toMatch(/^\/dev\/shm\/uvfio-\d+-\w+$/);
  expect(listing).toContain('No such file or directory');
});
