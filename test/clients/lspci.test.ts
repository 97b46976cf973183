// lspci on the machine of the recordings says what it said there, where a real kernel answered.

import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readTar } from '../../tools/archive/tar.js';
import { uvfio } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

const folder = fileURLToPath(new URL('../../conformance/linux/', import.meta.url));
const recordings = readTar(path.join(folder, 'recordings.tar.gz'));
const recorded = (name: string): string =>
  recordings.get(`recordings/${name}`)?.toString('utf8') ?? '';

/** The devices that lspci was asked for, in that order. */
const DEVICES = '00:03.0 00:04.0 01:00.0 03:01.0 03:02.0 04:00.0 05:00.0 00:07.0 00:07.1';

/** The recorded kernel came without names of vendors and devices. */
const LSPCI = 'lspci -i /dev/null -O hwdb.disable=1';

/** The machine, with the driver that its NVMe controller had first. */
function recordedMachine(): string {
  const text = readFileSync(path.join(folder, 'machine.yaml'), 'utf8');
  const nvme = "drivers:\n  - name: nvme\n    ids: ['1b36:0010']";
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'uvfio-lspci-')), 'machine.yaml');
  writeFileSync(file, text.replace(/^drivers:/m, nvme));
  return file;
}

/** Devices had ordinary drivers first, which has routed their interrupts, then vfio-pci. */
const REBIND = `cd /sys/bus/pci
  rebind() {
    echo $1 > devices/$1/driver/unbind; echo $2 > devices/$1/driver_override; echo $1 > drivers/$2/bind
  }
  for pair in 00:04.0/e1000 01:00.0/nvme 03:01.0/e1000 03:02.0/8139cp 00:07.1/e1000; do
    rebind 0000:\${pair%/*} \${pair#*/}
    rebind 0000:\${pair%/*} vfio-pci
  done`;

requires(['lspci', 'od'], () => {
  describe('lspci', () => {
    test('shows all recorded devices as they were, bound to vfio-pci', async () => {
      const command = `${REBIND}; for d in ${DEVICES}; do ${LSPCI} -nnvvvk -s $d; done`;
      const { stdout, stderr } = await uvfio(
        'run',
        '-m',
        recordedMachine(),
        '--',
        'sh',
        '-c',
        command,
      );
      expect(stderr).toBe('');
      expect(stdout).toBe(recorded('lspci-3-bound.txt'));
    });

    test('dumps configuration space as `config` has it, without changing what else it shows', async () => {
      const device = '/sys/bus/pci/devices/0000:01:00.0';
      const command = `${LSPCI} -nnvvvk -s 01:00.0; ${LSPCI} -nnvvvkxxxx -s 01:00.0
        od -A n -v -t x1 ${device}/config`;
      const { stdout } = await uvfio('run', '-m', recordedMachine(), '--', 'sh', '-c', command);
      const isDump = (line: string): boolean =>
        /^(?:[0-9a-f]{2,3}:)?(?: [0-9a-f]{2}){16}$/.test(line);
      const lines = stdout.split('\n').filter((line) => line !== '');
      const dumps = lines.filter(isDump).map((line) => line.replace(/^.*?:/, ''));
      const words = lines.filter((line) => !isDump(line));
      expect(dumps).toHaveLength(512);
      expect(dumps.slice(0, 256)).toEqual(dumps.slice(256));
      expect(words.length).toBeGreaterThan(60);
      expect(words.slice(0, words.length / 2)).toEqual(words.slice(words.length / 2));
    });

    test('draws the tree of buses', async () => {
      const { stdout } = await uvfio('run', '-m', recordedMachine(), '--', 'sh', '-c', 'lspci -t');
      expect(stdout).toBe(
        [
          '-[0000:00]-+-00.0',
          '           +-03.0',
          '           +-04.0',
          '           +-05.0-[01]----00.0',
          '           +-06.0-[02-03]----00.0-[03]--+-01.0',
          '           |                            \\-02.0',
          '           +-07.0',
          '           +-07.1',
          '           +-08.0-[04]----00.0',
          '           +-09.0-[05]----00.0',
          '           +-1f.0',
          '           +-1f.2',
          '           \\-1f.3',
          '',
        ].join('\n'),
      );
    });
  });
});

requires('setpci', () => {
  test('setpci reads and writes configuration space', async () => {
    const command =
      'setpci -s 3 COMMAND; setpci -s 3 COMMAND=0007; setpci -s 3 COMMAND CAP_MSI+2.w';
    const { stdout, stderr } = await uvfio('run', '--device', 'edu', '--', 'sh', '-c', command);
    expect([stdout, stderr]).toEqual(['0103\n0007\n0080\n', '']);
  });
});
