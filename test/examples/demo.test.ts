import { fileURLToPath } from 'node:url';
import { Machine } from 'uvfio';
import { describe, expect, test } from 'vitest';
import { Report } from '../../examples/demo/report.js';
import { tour } from '../../examples/demo/tour.js';
import { unsupportedPlatformReason } from '../../src/host/native/platform.js';
import { uvfio } from '../host/uvfio.js';
import { requiresThat } from '../support/requirement.js';

const built = (name: string): string =>
  fileURLToPath(new URL(`../../dist/examples/${name}`, import.meta.url));
const program = built('demo/demo.js');

describe('the demo', () => {
  test('drives the edu device of the default machine, and leaves nothing open', () => {
    const machine = new Machine();
    let output = '';
    const report = new Report((text) => {
      output += text;
    });
    tour(machine.task(), report);
    expect(output).toContain('factorial     10! = 3628800');
    expect(output).toContain('4096 of 4096 bytes are right');
    expect(machine.openFiles).toEqual([]);
  });

  test('says what is missing on a machine without one', () => {
    const machine = new Machine({ devices: [] });
    const report = new Report(() => undefined);
    expect(() => tour(machine.task(), report)).toThrow('there is no edu device here');
  });

  requiresThat(unsupportedPlatformReason() === undefined, 'needs Linux on x86-64', () => {
    test('is a program of its own, served by the host', async () => {
      const { status, stdout, stderr } = await uvfio('run', '--', process.execPath, program);
      expect(stderr).toBe('');
      expect(stdout).toMatch(/All of it worked, in \d+ ms\.\n$/);
      expect(status).toBe(0);
    });

    test('has a shorter sister, which computes a factorial', async () => {
      const { status, stdout } = await uvfio('run', '--', process.execPath, built('factorial.js'));
      expect([status, stdout]).toEqual([0, '12! = 479001600\n']);
    });

    test('ends with a line and status 1 when something is wrong', async () => {
      const machine = ['--device', 'edu,driver=none'];
      const { status, stderr } = await uvfio('run', ...machine, '--', process.execPath, program);
      expect(stderr).toBe(
        '\ndemo: open /dev/vfio/0: ENOENT: the group does not exist, or none of its devices is bound to vfio-pci\n',
      );
      expect(status).toBe(1);
    });
  });
});
