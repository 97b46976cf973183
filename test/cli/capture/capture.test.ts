// `uvfio capture` of devices that `uvfio run` shows it: a machine from the captured file has their like.

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Ended, MAIN, uvfio } from '../../host/uvfio.js';
import { ALICE, asUser, commandForAll, requiresOtherUsers } from '../../support/other-user.js';
import { requires } from '../../support/requirement.js';

const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-capture-'));
const recorded = fileURLToPath(new URL('../../../conformance/linux/machine.yaml', import.meta.url));

/** Captures under `uvfio run` with these options. */
async function capture(options: readonly string[], ...args: string[]): Promise<Ended> {
  return await uvfio('run', ...options, '--', process.execPath, MAIN, 'capture', ...args);
}

async function shown(machine: string): Promise<string> {
  const command = `lspci -xxxx; cd /sys/bus/pci/devices; for device in *; do
    echo $device; readlink $device; cat $device/resource
    if [ -e $device/rom ]; then echo 1 > $device/rom; od -A x -t x1 $device/rom; fi; done`;
  const { stdout, stderr } = await uvfio('run', '--machine', machine, '--', 'sh', '-c', command);
  expect(stderr).toBe('');
  return stdout;
}

function machineFile(name: string, text: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** The addresses in a description. */
const addresses = (text: string): string[] =>
  [...text.matchAll(/^ {4}addr: '(.*)'$/gm)].map(([, address = '']) => address);

requires('lspci', () => {
  test('a machine with all devices of another, captured, looks the same', async () => {
    const file = path.join(folder, 'captured.yaml');
    const list = addresses(readFileSync(recorded, 'utf8'));
    const ended = await capture(['--machine', recorded], '--rom', '--output', file, ...list);
    expect(ended).toMatchObject({ status: 0, stdout: '', stderr: '' });
    expect(addresses(readFileSync(file, 'utf8'))).toEqual(list);
    expect(await shown(file)).toBe(await shown(recorded));
  });

  test('root buses, domains and large BARs are captured as they are', async () => {
    const original = machineFile(
      'large.yaml',
      `devices:
        - { model: root-port, addr: '0000:64:00.0', root_bus: true }
        - { model: edu, addr: '0000:65:00.0' }
        - { model: shell, addr: '10000:e1:00.0', root_bus: true, bar0: 64G mem64 prefetch, bar2: 8 io }
      `,
    );
    const ended = await capture(['--machine', original], '0000:65:00.0', '10000:e1:00.0');
    expect(addresses(ended.stdout)).toEqual(['0000:64:00.0', '0000:65:00.0', '10000:e1:00.0']);
    const file = machineFile('large-captured.yaml', ended.stdout);
    expect(await shown(file)).toBe(await shown(original));
  });
});

describe('what it takes for a device to be found is captured with it', () => {
  test('bridges above it', async () => {
    const { stdout } = await capture([], '01:02.0');
    expect(addresses(stdout)).toEqual(['0000:00:1e.0', '0000:01:02.0']);
  });

  test('function 0 of its slot', async () => {
    const { stdout } = await capture(['--machine', recorded], '0000:00:07.1');
    expect(addresses(stdout)).toEqual(['0000:00:07.0', '0000:00:07.1']);
  });
});

describe('what is wrong is said', () => {
  test('no such device: which there are', async () => {
    const { status, stdout, stderr } = await capture(['--device', 'edu'], '0000:00:09.0');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      'uvfio: there is no PCI device 0000:00:09.0. There are:\n  0000:00:03.0  [00ff] 1234:11e8\n',
    );
  });

  test('no address at all', async () => {
    const { status, stderr } = await capture(['--device', 'edu'], 'eth0');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^uvfio: 'eth0' is no PCI address: write it as 0000:00:05\.0\. There are:/,
    );
  });

  test('a computer without devices', async () => {
    const empty = machineFile('empty.yaml', 'devices: []');
    const { status, stderr } = await capture(['--machine', empty], '0000:00:03.0');
    expect(status).toBe(1);
    expect(stderr).toBe('uvfio: there is no PCI device 0000:00:03.0, nor any other\n');
  });

  requiresOtherUsers(() => {
    test('configuration space that only root can read', async () => {
      const capture = [process.execPath, commandForAll(), 'capture', '0000:00:03.0'];
      const { status, stderr } = await uvfio('run', '--', ...asUser(ALICE), ...capture);
      expect(status).toBe(1);
      expect(stderr).toBe(
        'uvfio: 0000:00:03.0: only the first 64 of 256 bytes of configuration space can be read without root: run this as root\n',
      );
    });
  });

  test('a file that cannot be written', async () => {
    const { status, stderr } = await capture([], '0000:00:03.0', '-o', '/nonsense/file.yaml');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^uvfio: ENOENT: .*'\/nonsense\/file.yaml'\n$/);
  });
});
