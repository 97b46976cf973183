// How much memory native programs may lock for DMA: as much as their RLIMIT_MEMLOCK says, which few users can
// raise, or as much as `--memlock` says.

import { chmodSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { ALICE, asUser, commandForAll, requiresOtherUsers } from '../support/other-user.js';
import { requires } from '../support/requirement.js';
import { compiled, type Ended, start } from './uvfio.js';

requiresOtherUsers(() => {
  requires('cc', () => {
    const client = compiled('vfio-client');
    chmodSync(path.dirname(client), 0o755);

    /** Maps 64 KiB in a process that has a limit, in KiB, of its own. */
    const mapWithin = async (limitKib: number, ...options: string[]): Promise<Ended> => {
      const script = `ulimit -l ${limitKib}; exec ${client} mapped exit 0000:00:03.0`;
      const command = [process.execPath, commandForAll(), 'run', ...options, '--', 'sh', '-c'];
      return await start([...asUser(ALICE), ...command, script]).ended;
    };
    const refused = { status: 1, stderr: 'MAP_DMA: Cannot allocate memory\n' };
    const done = { status: 0, stderr: '' };

    test('over RLIMIT_MEMLOCK of the process is ENOMEM', async () => {
      expect(await mapWithin(64)).toMatchObject(done);
      expect(await mapWithin(60)).toMatchObject(refused);
    });

    test('--memlock stands in for RLIMIT_MEMLOCK, whichever is more', async () => {
      expect(await mapWithin(0, '--memlock', '64K')).toMatchObject(done);
      expect(await mapWithin(0, '--memlock', 'unlimited')).toMatchObject(done);
      expect(await mapWithin(64, '--memlock', '60K')).toMatchObject(refused);
    });

    test('--memlock is a size', async () => {
      const { status, stderr } = await mapWithin(64, '--memlock', 'much');
      expect([status, stderr]).toEqual([125, expect.stringContaining('512M or 4G, or unlimited')]);
    });
  });
});
