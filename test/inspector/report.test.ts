// What `--report` finds: in programs with one mistake that one, in programs without any nothing.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { type Ended, MAIN, start, startUvfio, uvfio } from '../host/uvfio.js';
import { ALICE, asUser, commandForAll, requiresOtherUsers } from '../support/other-user.js';
import { requires } from '../support/requirement.js';

const EDU = '0000:00:03.0';
/** With transfers that are slow enough for programs to be quicker. */
const SLOW_EDU = ['--device', `edu,addr=${EDU},dma_ms=50`];
const examples = fileURLToPath(new URL('../../examples/bugs', import.meta.url));
const clients = fileURLToPath(new URL('clients', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-report-'));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true }));

function compiled(source: string, ...flags: string[]): string {
  const output = path.join(folder, [path.basename(source, '.c'), ...flags].join(''));
  const warnings = ['-Wall', '-Wextra', '-Wno-unused-function'];
  execFileSync('cc', ['-O1', ...warnings, ...flags, '-o', output, source]);
  return output;
}

interface Finding {
  readonly finding: string;
  readonly text: string;
}

function findingsIn({ stderr }: Ended): Finding[] {
  const lines = stderr.split('\n').filter((line) => line.startsWith('{"finding"'));
  return lines.map((line) => JSON.parse(line) as Finding);
}

async function findingsOf(...command: string[]): Promise<Finding[]> {
  const run = startUvfio(['run', '--report', '--json', ...SLOW_EDU, '--', ...command]);
  // The one that waits for its device to be wanted back says so.
  const isReady = await run.until('ready').then(
    () => true,
    () => false,
  );
  if (isReady) {
    // For longer than programs are given to answer: that begins when they are asked.
    await sleep(1200);
    const id = String(run.process.pid);
    while ((await uvfio('unplug', EDU, '--machine-id', id)).status !== 0);
  }
  return findingsIn(await run.ended);
}

const BUGS: Readonly<Record<string, string>> = {
  'leaked-mapping': 'mapping-leak',
  'use-after-unmap': 'use-after-unmap',
  'no-bus-master': 'bus-master-off',
  'armed-too-late': 'interrupt-missed',
  'wrong-region-offset': 'wrong-offset',
  'wrong-close-order': 'close-order',
  'ignored-request': 'request-ignored',
};

requires('cc', () => {
  test('every program of examples/bugs is tried', () => {
    const names = readdirSync(examples).filter((name) => name.endsWith('.c'));
    expect(names.map((name) => path.basename(name, '.c')).sort()).toEqual(Object.keys(BUGS).sort());
  });

  describe.each(Object.entries(BUGS))('examples/bugs/%s.c', (name, kind) => {
    const source = path.join(examples, `${name}.c`);

    test(`is found to be ${kind}`, async () => {
      const findings = await findingsOf(compiled(source), EDU);
      expect(findings.map(({ finding }) => finding)).toEqual([kind]);
    });

    test('has nothing to find when fixed', async () => {
      expect(await findingsOf(compiled(source, '-DFIXED'), EDU)).toEqual([]);
    });
  });

  describe('mistakes', () => {
    const client = compiled(path.join(clients, 'mistakes.c'));

    test.each([
      [
        'no-permission',
        'dma-fault',
        /write 64 B at IOVA 0x100000, which is mapped without permission to write/,
      ],
      [
        'never-mapped',
        'dma-fault',
        /IOVA 0x102000, which was never mapped; the nearest mapping is 0x100000-0x100fff \(4 KiB\)/,
      ],
      ['memory-gone', 'memory-gone', /memory that the program has unmapped/],
      ['unmodelled', 'unmodelled-register', /1 register that its model does not have: BAR0\+0x100/],
      [
        'retry',
        'retry-loop',
        /VFIO_IOMMU_MAP_DMA on container failed 20 times in a row with EINVAL/,
      ],
      ['eventfd-closed', 'eventfd-closed', /closed the eventfd \d+ while it was still set/],
      ['enabled', 'enabled-at-close', /with bus mastering on and interrupts armed/],
      [
        'closed-at-work',
        'enabled-at-close',
        /was closed while it was at work: it tried to read 64 B at IOVA 0x100000 after that/,
      ],
      [
        'over-the-end',
        'dma-fault',
        /runs over the end of the mapping 0x100000-0x100fff \(4 KiB\): 0x101000 was never mapped/,
      ],
      [
        'partly-unmapped',
        'use-after-unmap',
        /which goes on at 0x101000, \S+ \w+ after 0x101000-0x101fff \(4 KiB\) was unmapped by/,
      ],
      ['copy-left', 'descriptor-leak', /never closed, .*: 0000:00:03\.0\./],
      ['masked-line', 'interrupt-missed', /raised INTX 2 times more while it was masked/],
    ])('%s', async (mistake, kind, pattern) => {
      expect(await findingsOf(client, EDU, mistake)).toEqual([
        expect.objectContaining({ finding: kind, text: expect.stringMatching(pattern) }),
      ]);
    });

    test('what is left open at the end is named', async () => {
      expect(await findingsOf(client, EDU, 'left-open')).toEqual([
        expect.objectContaining({ finding: 'mapping-leak' }),
        expect.objectContaining({
          finding: 'descriptor-leak',
          text: expect.stringContaining(`left to the end of the program: ${EDU}.`),
        }),
      ]);
    });

    test.each(['asks-around', 'copies', 'eventfd-copied', 'goes-on-in-a-child'])(
      '%s: no mistake',
      async (habit) => {
        expect(await findingsOf(client, EDU, habit)).toEqual([]);
      },
    );

    test('what is open when a program is killed is no mistake', async () => {
      expect(await findingsOf(client, EDU, 'killed')).toEqual([]);
    });

    test("the exit status is the program's; with --strict, findings make it 1", async () => {
      const statusOf = async (option: string, mistake: string): Promise<number | null> =>
        (await uvfio('run', option, ...SLOW_EDU, '--', client, EDU, mistake)).status;
      expect(await statusOf('--report', 'unmodelled')).toBe(0);
      expect(await statusOf('--strict', 'unmodelled')).toBe(1);
      expect(await statusOf('--strict', 'none')).toBe(0);
    });

    requiresOtherUsers(() => {
      test('a limit on locked memory that is nearly reached', async () => {
        const command = [process.execPath, commandForAll(), 'run', '--report', '--json'];
        const limited = [...command, '--memlock', '4K', ...SLOW_EDU, '--', client, EDU];
        const [finding] = findingsIn(await start([...asUser(ALICE), ...limited]).ended);
        expect(finding).toMatchObject({
          finding: 'memlock',
          text: '4 KiB were locked for DMA, of 4 KiB that RLIMIT_MEMLOCK allows.',
        });
      });

      test('a limit on locked memory that is exceeded', async () => {
        const command = [process.execPath, commandForAll(), 'run', '--report', '--json'];
        const limited = [...command, '--memlock', '8M', ...SLOW_EDU, '--', client, EDU, 'too-much'];
        const [finding] = findingsIn(await start([...asUser(ALICE), ...limited]).ended);
        expect(finding).toMatchObject({
          finding: 'memlock',
          text: 'VFIO_IOMMU_MAP_DMA of 16 MiB was refused with ENOMEM: RLIMIT_MEMLOCK allows 8 MiB in all.',
        });
      });
    });
  });
});

const NVME = 'nvme://0000:01:00.0/1';

requires(['qemu-img', 'qemu-io', 'lspci'], () => {
  test.each([
    ['--machine', 'nvme', '--', 'qemu-img', 'info', NVME],
    ['--machine', 'nvme', '--', 'qemu-img', 'bench', '-c', '500', '-t', 'none', '-f', 'raw', NVME],
    [
      '--machine',
      'nvme',
      '--',
      'qemu-io',
      '-f',
      'raw',
      '-c',
      'write 0 64k',
      '-c',
      'read 0 64k',
      NVME,
    ],
    ['--', 'lspci', '-nnvvk'],
    ['--', process.execPath, path.join(path.dirname(MAIN), '../examples/demo/demo.js')],
  ])('nothing is found in correct programs: %s %s %s %s %s', async (...command) => {
    const { status, stderr } = await uvfio('run', '--strict', ...command);
    expect([status, stderr]).toEqual([
      0,
      expect.stringContaining('uvfio: the report: nothing found'),
    ]);
  });
});
