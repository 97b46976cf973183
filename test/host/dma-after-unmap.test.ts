// While other threads make calls: what is mapped, devices reach; what was unmapped, they never do.

import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { ALICE, asUser, commandForAll, requiresOtherUsers } from '../support/other-user.js';
import { requires } from '../support/requirement.js';
import { compiled, type Ended, start, uvfio } from './uvfio.js';

const ADDRESS = '0000:00:05.0';
const COPIER = fileURLToPath(new URL('devices/copier.ts', import.meta.url));
const ROUNDS = 300;

/** Those that are there, of 2 MiB; a copy needs two. */
const HUGE_PAGES = Number(readFileSync('/proc/sys/vm/nr_hugepages', 'latin1'));

requires('cc', () => {
  const client = compiled('dma-after-unmap');
  const device = ['--device', `${COPIER},addr=${ADDRESS}`];
  const command = (kind: string): string[] => [client, kind, `${ROUNDS}`, ADDRESS];

  /** That all was copied, some of it directly, and nothing after it was unmapped. */
  const check = ({ status, stdout, stderr }: Ended, direct: number): void => {
    const copies = `${ROUNDS} copies, ${direct} of them direct`;
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `${copies}, ${2 * ROUNDS} faults, 0 bytes written after unmap\n`,
      stderr: '',
    });
  };

  test('private memory', async () => {
    check(await uvfio('run', ...device, '--', ...command('private')), 0);
  });

  test.each(['memfd', 'shm'])('shared memory: %s', async (kind) => {
    check(await uvfio('run', ...device, '--', ...command(kind)), ROUNDS);
  });

  test('shared memory: hugetlb', async ({ skip }) => {
    if (HUGE_PAGES < 2) skip('needs two huge pages: /proc/sys/vm/nr_hugepages');
    check(await uvfio('run', ...device, '--', ...command('hugetlb')), ROUNDS);
  });

  requiresOtherUsers(() => {
    test.each(['memfd', 'shm'])('shared memory of a user without privileges: %s', async (kind) => {
      const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-dma-'));
      onTestFinished(() => rmSync(folder, { recursive: true }));
      chmodSync(folder, 0o755);
      const [model, program] = [path.join(folder, 'copier.ts'), path.join(folder, 'client')];
      copyFileSync(COPIER, model);
      copyFileSync(client, program);
      const run = [
        process.execPath,
        commandForAll(),
        'run',
        '--device',
        `${model},addr=${ADDRESS}`,
      ];
      const [, ...args] = command(kind);
      check(await start([...asUser(ALICE), ...run, '--', program, ...args]).ended, ROUNDS);
    });
  });
});
