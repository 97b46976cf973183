// Containers forbid system calls: what works without them, and what `uvfio doctor` says.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { syscalls } from '../../src/host/native/x86-64.js';
import { Errno } from '../../src/uapi/errno.js';
import { requires } from '../support/requirement.js';
import { compiled, type Ended, MAIN, type Running, start, uvfio } from './uvfio.js';

const { pidfd_getfd, process_vm_readv, seccomp } = syscalls;

type RefusedCall = number | `${number}:${number}`;

/** Starts uvfio where some calls fail with EPERM, or with the error number behind the colon. */
function startWithout(calls: readonly RefusedCall[], ...args: string[]): Running {
  return start([compiled('refuse'), ...calls.map(String), '--', process.execPath, MAIN, ...args]);
}

async function without(calls: readonly RefusedCall[], ...args: string[]): Promise<Ended> {
  return await startWithout(calls, ...args).ended;
}

requires('cc', () => {
  describe('without pidfd_getfd, as in Docker’s default profile', () => {
    test('interrupts reach programs through their eventfds', async () => {
      const demo = fileURLToPath(new URL('../../dist/examples/demo/demo.js', import.meta.url));
      const { status, stdout } = await without([pidfd_getfd], 'run', '--', process.execPath, demo);
      expect([status, stdout]).toEqual([
        0,
        expect.stringContaining('told by an MSI through an eventfd'),
      ]);
    });

    test('eventfds that programs have closed are not kept', async () => {
      const script =
        'import os\nfor _ in range(400): os.close(os.eventfd(0))\nprint("done", flush=True)\ninput()';
      const run = startWithout(
        [pidfd_getfd],
        'run',
        '--',
        'sh',
        '-c',
        `sleep 9 | python3 -c '${script}'`,
      );
      await run.until('done');
      const open = readdirSync(`/proc/${run.process.pid}/fd`).length;
      run.process.kill('SIGTERM');
      await run.ended;
      expect(open).toBeLessThan(250);
    });
  });

  describe('where seccomp does not do what it has to, running a program ends with one line:', () => {
    const version =
      'this kernel has no seccomp user notification; Linux 5.14 or newer with CONFIG_SECCOMP_FILTER is needed, 6.6 or newer is fastest';
    test.each<[string, number, string]>([
      ['an old kernel', Errno.EINVAL, version],
      ['a kernel without it', Errno.ENOSYS, version],
      [
        'a container',
        Errno.EPERM,
        'seccomp filters are forbidden here, by a container or security module',
      ],
      [
        'inside uvfio',
        Errno.EBUSY,
        'a program that supervises system calls is already in charge here (uvfio inside uvfio does not work)',
      ],
    ])('%s', async (_, errno, line) => {
      const ended = await without([`${seccomp}:${errno}`], 'run', '--', 'true');
      expect(ended).toEqual({ status: 125, signal: null, stdout: '', stderr: `uvfio: ${line}\n` });
    });
  });

  describe('doctor', () => {
    test('finds nothing broken where the tests run', async () => {
      const { status, stdout } = await uvfio('doctor');
      expect([status, stdout]).toEqual([
        0,
        expect.stringContaining('uvfio can run programs here.'),
      ]);
    });

    test.each([
      [
        pidfd_getfd,
        0,
        /! descriptors of programs can't be copied.*: eventfds are made for them\n +\S/,
      ],
      [process_vm_readv, 1, /✗ memory of programs can't be reached.*\n +.*SYS_PTRACE/],
      [seccomp, 1, /✗ seccomp user notification is not there\n +\S/],
    ])('without system call %i: status %i, and a fix', async (call, status, message) => {
      const found = await without([call], 'doctor');
      expect(found.status).toBe(status);
      expect(found.stdout).toMatch(message);
    });
  });
});
