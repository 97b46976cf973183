// Faults on purpose as users of `uvfio run` meet them.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startUvfio, uvfio } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

/** Opens the container of the default machine; the shell’s message names the error. */
const OPEN = ['sh', '-c', 'exec 3<>/dev/vfio/vfio'];

test('which faults are set is said at the start, which ones struck when the program fails', async () => {
  const { status, stderr } = await uvfio('run', '--fault', 'open:EACCES', '--', ...OPEN);
  expect(status).not.toBe(0);
  expect(stderr.split('\n')[0]).toBe('uvfio: faults on purpose: open:EACCES');
  expect(stderr).toMatch(/cannot create \/dev\/vfio\/vfio: Permission denied/i);
  expect(stderr).toContain('uvfio: faults that struck: open:EACCES (1 of 1 times)\n');
});

test.each([
  ['open:EACCES@1', 'faults that struck: open:EACCES@1 (1 of 1 times)'],
  ['open:EACCES@2', 'of the faults on purpose none struck'],
])('a program that gets over %s is told about, too', async (fault, text) => {
  const { status, stderr } = await uvfio(
    'run',
    '--fault',
    fault,
    '--',
    'sh',
    '-c',
    `(${OPEN[2]}); true`,
  );
  expect(status).toBe(0);
  expect(stderr).toContain(`uvfio: ${text}\n`);
});

test('a random fault prints its seed; with it the same calls fail again', async () => {
  const script =
    'for i in 1 2 3 4 5 6 7 8 9; do (exec 3<>/dev/vfio/vfio) 2>/dev/null && echo $i; done; false';
  const first = await uvfio('run', '--fault', 'open:EIO:50%', '--', 'sh', '-c', script);
  const [, seed = ''] = /\(seed (\d+)\)/.exec(first.stderr) ?? [];
  expect(first.stderr).toContain(`(again the same: --seed ${seed})`);
  const again = await uvfio(
    'run',
    '--fault',
    'open:EIO:50%',
    '--seed',
    seed,
    '--',
    'sh',
    '-c',
    script,
  );
  expect(again.stdout).toBe(first.stdout);
});

test('a fault that makes no sense: 125 and one line', async () => {
  expect(await uvfio('run', '--fault', 'opn:EIO', '--', 'true')).toMatchObject({
    status: 125,
    stderr:
      "uvfio: --fault: fault 'opn:EIO': 'opn' is no place for a fault: did you mean 'open'?\n",
  });
});

test('a fault of a description that makes no sense: file and line', async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'uvfio-fault-')), 'machine.yaml');
  writeFileSync(file, 'devices: [{ model: edu }]\nfaults:\n  - opn:EIO\n');
  const { stderr } = await uvfio('run', '--machine', file, '--', 'true');
  expect(stderr).toContain(`${file}:3:5: faults[0]: fault 'opn:EIO'`);
});

test('faults are added to a running machine, counted, and removed', async () => {
  const script =
    'echo ready; until (exec 3<>/dev/vfio/vfio) 2>/dev/null; do :; done; echo open; sleep 9';
  const run = startUvfio(['run', '--fault', 'open:EIO', '--', 'sh', '-c', script]);
  const ask = async (...args: string[]) =>
    await uvfio('fault', ...args, '--machine-id', String(run.process.pid));
  await run.until('ready');
  while ((await ask('add', 'map_dma:EIO@5')).status !== 0);
  expect((await ask('list')).stdout).toMatch(
    /^1 {2}open:EIO \((\d+) of \1 times\)\n2 {2}map_dma:EIO@5 \(0 of 0 times\)\n$/,
  );
  await ask('remove', '1');
  await run.until('open');
  run.process.kill('SIGTERM');
  await run.ended;
});

requires('qemu-img', () => {
  const NVME = ['--device', 'nvme,addr=00:04.0,size=64M'];
  const INFO = ['qemu-img', 'info', '-f', 'raw', 'nvme://0000:00:04.0/1'];

  test.each([
    ['map_dma:ENOMEM@2', 'VFIO_MAP_DMA failed: Cannot allocate memory'],
    ['get_device_fd:EMFILE', 'Failed to get device fd: Too many open files'],
    ['alloc@2', 'Cannot allocate memory'],
    // Of CAP, which the controller never changes: no moment between its write and the stuck value.
    ['register:stuck=0,offset=0x4', "Device doesn't support NVMe command set"],
  ])('QEMU says of %s: %s', async (fault, message) => {
    const { status, stderr } = await uvfio('run', ...NVME, '--fault', fault, '--', ...INFO);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('defect');
  });

  test('a call that is late is made all the same', async () => {
    const { status, stdout } = await uvfio(
      'run',
      ...NVME,
      '--fault',
      'map_dma:delay=300ms',
      '--',
      ...INFO,
    );
    expect([status, stdout]).toEqual([0, expect.stringContaining('64 MiB')]);
  });
});
