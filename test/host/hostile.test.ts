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

const DEVICES = '/sys/bus/pci/devices';

test('what directories show can not be changed through descriptors of them', async () => {
  const script = `exec 3< ${DEVICES} 4< ${DEVICES}/${EDU}/vendor
    cd /proc/self/fd/3 && rm -f ${EDU}; mkdir more; cd /
    rm -f /proc/self/fd/3/${EDU}; ln -s / /proc/self/fd/3/new; mv /proc/self/fd/3/${EDU} /proc/self/fd/3/new
    rmdir ${DEVICES}; chmod 0 /proc/self/fd/3 /proc/self/fd/4
    stat -c '%a %n' ${DEVICES} ${DEVICES}/${EDU}/vendor
    chmod 755 ${DEVICES}; chmod 444 ${DEVICES}/${EDU}/vendor
    ls -m ${DEVICES}; cat ${DEVICES}/${EDU}/vendor; readlink /proc/self/fd/3`;
  const { status, stdout, stderr } = await inShell(script);
  expect(stdout.split('\n')).toEqual([
    ...[`0 ${DEVICES}`, `0 ${DEVICES}/${EDU}/vendor`],
    '0000:00:03.0, 0000:00:04.0, 0000:00:1e.0, 0000:01:01.0, 0000:01:02.0',
    ...['0x1234', DEVICES, ''],
  ]);
  expect(status).toBe(0);
  expect(stderr).not.toContain('uvfio');
  expect(stderr.match(/Operation not permitted/g)).toHaveLength(6);
});

requires('cc', () => {
  test('nobody fills memory through the file behind a device file, by whatever number', async () => {
    const client = compiled('vfio-client');
    const ended = await uvfio('run', '--', client, 'bar', 'fill', EDU);
    expect(ended).toEqual({ status: 0, signal: null, stdout: 'ready\nrefused\n', stderr: '' });
  });
});
