// Programs that try to get at the machine past its front door.

import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ALICE, asUser, commandForAll, requiresOtherUsers } from '../support/other-user.js';
import { requires } from '../support/requirement.js';
import { compiled, inShell, start, uvfio } from './uvfio.js';

const EDU = '0000:00:03.0';
const SCRATCH = '/dev/shm';

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

requiresOtherUsers(() => {
  test('directories that uvfio shows stay usable, and go in the end, whoever took the rights on them', async () => {
    const script = `ls ${DEVICES}; until [ -e "$0" ]; do sleep 0.05; done
      ls ${DEVICES}; cat ${DEVICES}/${EDU}/vendor; : > /sys/bus/pci/rescan`;
    const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    chmodSync(folder, 0o755);
    const go = path.join(folder, 'go');
    const command = [process.execPath, commandForAll(), 'run', '--', 'sh', '-c', script, go];
    const running = start([...asUser(ALICE), ...command]);
    await running.until(EDU);
    const [scratch = ''] = readdirSync(SCRATCH).filter((name) =>
      name.startsWith(`uvfio-${running.process.pid}-`),
    );
    const view = path.join(SCRATCH, scratch, 'view');
    for (const shown of [DEVICES, '/sys/bus', '/']) chmodSync(path.join(view, shown), 0);
    writeFileSync(go, '');
    const { status, stdout, stderr } = await running.ended;
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.match(new RegExp(EDU, 'g'))).toHaveLength(2);
    expect(stdout).toContain('0x1234');
    expect(readdirSync(SCRATCH)).not.toContain(scratch);
  });
});

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
