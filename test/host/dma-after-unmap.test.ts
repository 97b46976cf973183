// While other threads make calls: what is mapped, devices reach; what was unmapped, they never do.

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { requires } from '../support/requirement.js';
import { compiled, uvfio } from './uvfio.js';

const ADDRESS = '0000:00:05.0';
const COPIER = fileURLToPath(new URL('devices/copier.ts', import.meta.url));
const ROUNDS = 300;

requires('cc', () => {
  const client = compiled('dma-after-unmap');

  test.each(['private', 'shared'])('%s memory', async (kind) => {
    const command = [client, kind, `${ROUNDS}`, ADDRESS];
    const { status, stdout, stderr } = await uvfio(
      'run',
      '--device',
      `${COPIER},addr=${ADDRESS}`,
      '--',
      ...command,
    );
    expect({ status, stdout, stderr }).toEqual({
      status: 0,
      stdout: `${ROUNDS} copies, ${2 * ROUNDS} faults, 0 bytes written after unmap\n`,
      stderr: '',
    });
  });
});
