// 32-bit programs on a 64-bit kernel: other call numbers, other structs, arguments in halves.

import { describe, expect, test } from 'vitest';
import { thisComputer } from './compat-computer.js';
import { COMPAT, requiresCompat } from './compat-programs.js';
import { compiled, type Ended, MAIN } from './uvfio.js';

const EDU = '0000:00:03.0';
const DEVICE = `/sys/bus/pci/devices/${EDU}`;
const FILES = [
  '/dev/vfio/vfio',
  '/dev/vfio/0',
  // attributes: read from a copy, with effects, binary
  `${DEVICE}/vendor`,
  `${DEVICE}/driver_override`,
  `${DEVICE}/config`,
  `${DEVICE}/resource0`,
  // directories and links
  '/dev/vfio',
  '/sys/bus/pci/devices',
  '/sys/module/vfio_pci',
  DEVICE,
  `${DEVICE}/driver`,
  `${DEVICE}/iommu_group`,
  // nothing
  `${DEVICE}/nonsense`,
  '/dev/vfio/99',
];

requiresCompat((computer) => {
  // Before the computer is started.
  const client = compiled('vfio-client', ...COMPAT);
  const [files, files32] = [compiled('files'), compiled('files', ...COMPAT)];
  const int80 = compiled('int80');
  const onMachine = async (...command: string[]): Promise<Ended> =>
    await computer.run(process.execPath, MAIN, 'run', '--', ...command);
  const { isEmulated, timeoutMs } = computer;

  describe('a 32-bit program', { timeout: timeoutMs }, () => {
    test.each([
      ['bar', 'work', 'ready\nworked\n'],
      ['bar', 'threads', 'ready\nthreads done\n'],
      ['irq', 'fork', 'ready\nforked\n'],
    ])('drives the device: %s %s', async (state, action, stdout) => {
      // Of the threads, which make 24 calls in each.
      const rounds = isEmulated ? '50' : '2000';
      const ended = await onMachine(client, state, action, EDU, rounds);
      expect(ended).toEqual({ status: 0, signal: null, stdout, stderr: '' });
    });

    test('sees of all kinds of files what a 64-bit program sees', async () => {
      const native = await onMachine(files, ...FILES);
      const compat = await onMachine(files32, ...FILES);
      expect(native).toMatchObject({ status: 0, stderr: '' });
      expect(native.stdout.match(/^\//gm)).toHaveLength(FILES.length);
      expect(compat).toEqual(native);
    });
  });

  const name = 'a 32-bit ioctl passes only the lower half of its argument on';
  test(name, { timeout: timeoutMs }, async () => {
    const { stdout } = await onMachine(int80);
    expect(stdout).toBe('64 bits: 0\n32 bits: 1\n');
  });

  test.each([
    ['a status', 'echo out; echo näher >&2; exit 3'],
    ['a signal', 'echo out; kill -9 $$'],
  ])('commands end there as here: with %s', { timeout: timeoutMs }, async (_how, script) => {
    const [there, here] = [computer, thisComputer].map(({ run }) => run('sh', '-c', script));
    expect(await there).toEqual(await here);
  });

  test('uvfio doctor finds that the kernel runs them', { timeout: timeoutMs }, async () => {
    const script = `import { compatFindings } from './dist/host/doctor/compat-check.js';
      console.log(compatFindings()[0].text);`;
    const { stdout } = await computer.run(process.execPath, '--input-type=module', '-e', script);
    expect(stdout).toBe('the kernel runs 32-bit programs too\n');
  });
});
