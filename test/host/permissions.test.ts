// Who may do what on a machine: nodes and attributes have owners and modes, and users are who they are.

import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALICE, asUser, BOB, commandForAll, requiresOtherUsers } from '../support/other-user.js';
import { findProgram, requires } from '../support/requirement.js';
import { type Ended, inShell, start, uvfio } from './uvfio.js';

const DEVICE = '/sys/bus/pci/devices/0000:00:03.0';
const DENIED = 'Permission denied';

const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-owner-'));
chmodSync(folder, 0o755);
const machine = path.join(folder, 'machine.yaml');
writeFileSync(machine, `owner: { uid: ${ALICE}, gid: ${ALICE} }\ndevices: [{ model: edu }]`);

/** `as USER COMMAND` in scripts, USER being a number. */
const AS = `as() { setpriv --reuid=$1 --regid=$1 --clear-groups -- sh -c "$2"; }\n`;

/** Runs a script, as root, on a machine of Alice's. */
async function onAlicesMachine(script: string): Promise<Ended> {
  return await uvfio('run', '--machine', machine, '--', 'sh', '-c', AS + script);
}

describe('whoever runs uvfio owns the machine', () => {
  test('containers are for everybody, groups for the owner', async () => {
    const { stdout } = await inShell("stat -c '%a %u:%g %F' /dev/vfio/vfio /dev/vfio/0");
    const own = `${process.getuid?.()}:${process.getgid?.()}`;
    const type = 'character special file';
    expect(stdout).toBe(`666 ${own} ${type}\n600 ${own} ${type}\n`);
  });

  requiresOtherUsers(() => {
    test('a user without privileges too, and does there what root does on Linux', async () => {
      const script = `id -u; stat -c '%a %u' /dev/vfio/0 ${DEVICE}/driver_override
        echo 0000:00:03.0 > ${DEVICE}/driver/unbind; ls /dev/vfio
        echo 0000:00:03.0 > /sys/bus/pci/drivers/vfio-pci/bind; ls /dev/vfio
        head -c 256 ${DEVICE}/config | wc -c`;
      const { status, stdout, stderr } = await asAlice('--device', 'edu', '--', 'sh', '-c', script);
      expect([status, stderr]).toEqual([0, '']);
      expect(stdout.split(/\s+/)).toEqual([
        ...[`${ALICE}`, '600', `${ALICE}`, '644', `${ALICE}`],
        ...['vfio', '0', 'vfio', '256', ''],
      ]);
    });

    for (const [program, ...args] of [
      ['lspci', '-vvxxxx'],
      ['driverctl', 'list-devices'],
      ['driverctl', '--nosave', 'set-override', '0000:00:03.0', 'pci-stub'],
      ['dpdk-devbind.py', '--status'],
    ]) {
      if (program === undefined) continue;
      requires(program, () => {
        test(`${[program, ...args].join(' ')} works for such a user`, async () => {
          const file = findProgram(program) ?? '';
          const { status, stdout, stderr } = await asAlice('--device', 'edu', '--', file, ...args);
          expect([status, stderr]).toEqual([0, '']);
          expect(stdout).not.toContain('denied');
        });
      });
    }
  });
});

/** Runs uvfio itself as Alice. */
async function asAlice(...args: string[]): Promise<Ended> {
  const command = [process.execPath, commandForAll(), 'run', ...args];
  return await start([...asUser(ALICE), ...command]).ended;
}

requiresOtherUsers(() => {
  describe('a machine that belongs to Alice', () => {
    test('is hers all over, root or not running it', async () => {
      const { stdout } = await onAlicesMachine(
        `stat -c '%u:%g' /dev/vfio /dev/vfio/vfio /dev/vfio/0 ${DEVICE}/config ${DEVICE}/driver_override`,
      );
      expect(stdout).toBe(`${ALICE}:${ALICE}\n`.repeat(5));
    });

    test('lets her and root open groups; for others that is EACCES', async () => {
      const open = ': <> /dev/vfio/0 && echo opened';
      const script = `${open}; as ${ALICE} '${open}'; as ${BOB} '${open}'; as ${BOB} 'test -r /dev/vfio/0 || echo unreadable'`;
      const { stdout, stderr } = await onAlicesMachine(script);
      expect(stdout).toBe('opened\nopened\nunreadable\n');
      expect(stderr).toBe(`sh: 1: cannot create /dev/vfio/0: ${DENIED}\n`);
    });

    test('lets everybody open containers', async () => {
      const { stdout } = await onAlicesMachine(`as ${BOB} ': <> /dev/vfio/vfio && echo opened'`);
      expect(stdout).toBe('opened\n');
    });

    test.each([
      [`${DEVICE}/driver_override`],
      [`${DEVICE}/driver/unbind`],
      [`${DEVICE}/remove`],
      ['/sys/bus/pci/drivers/vfio-pci/new_id'],
      ['/sys/bus/pci/drivers/vfio-pci/bind'],
      ['/sys/bus/pci/rescan'],
      ['/sys/module/vfio_iommu_type1/parameters/dma_entry_limit'],
    ])('lets others not write to %s: EACCES', async (attribute) => {
      const { stderr, status } = await onAlicesMachine(`as ${BOB} 'echo 0 > ${attribute}'`);
      expect(stderr).toBe(`sh: 1: cannot create ${attribute}: ${DENIED}\n`);
      expect(status).not.toBe(0);
    });

    test('lets others read what Linux lets everybody read', async () => {
      const { stdout, stderr } = await onAlicesMachine(
        `as ${BOB} 'cat ${DEVICE}/vendor; head -c 4096 ${DEVICE}/config | wc -c; cat ${DEVICE}/resource0'`,
      );
      expect(stdout).toBe('0x1234\n64\n');
      expect(stderr).toBe(`cat: '${DEVICE}/resource0': ${DENIED}\n`);
    });
  });

  describe('rights are given', () => {
    test('by mode: by the owner and root, not by others (EPERM)', async () => {
      const { stdout, stderr } = await onAlicesMachine(
        `as ${BOB} 'chmod 666 /dev/vfio/0'; as ${ALICE} 'chmod 666 /dev/vfio/0'
         as ${BOB} ': <> /dev/vfio/0 && echo opened'`,
      );
      expect(stdout).toBe('opened\n');
      expect(stderr).toBe(
        "chmod: changing permissions of '/dev/vfio/0': Operation not permitted\n",
      );
    });

    test('by owner: by root alone', async () => {
      const { stdout, stderr } = await onAlicesMachine(
        `as ${ALICE} 'chown ${BOB} /dev/vfio/0'; chown ${BOB} /dev/vfio/0
         as ${BOB} ': <> /dev/vfio/0 && echo opened'; as ${ALICE} ': <> /dev/vfio/0'`,
      );
      expect(stdout).toBe('opened\n');
      expect(stderr).toBe(
        `chown: changing ownership of '/dev/vfio/0': Operation not permitted\nsh: 1: cannot create /dev/vfio/0: ${DENIED}\n`,
      );
    });

    test('by group, as udev rules give them', async () => {
      const member = `setpriv --reuid=${BOB} --regid=${BOB} --groups=4711 --`;
      const { stdout } = await onAlicesMachine(
        `chgrp 4711 /dev/vfio/0; ${member} sh -c ': <> /dev/vfio/0 && echo too early' 2> /dev/null
         chmod 660 /dev/vfio/0; ${member} sh -c ': <> /dev/vfio/0 && echo opened'`,
      );
      expect(stdout).toBe('opened\n');
    });

    test('to who has the file open already: dropping privileges takes nothing away', async () => {
      const { stdout } = await onAlicesMachine(
        `exec 3<> /dev/vfio/0; as ${BOB} 'readlink /proc/self/fd/3; cat <&3 > /dev/null 2>&1; echo still open'`,
      );
      expect(stdout).toContain('still open\n');
    });
  });
});
