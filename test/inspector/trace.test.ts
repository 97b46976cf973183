// What `uvfio trace` tells of programs.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { compiled, MAIN, uvfio } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

const EDU = '0000:00:03.0';
const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-trace-'));
afterAll(() => rmSync(folder, { recursive: true }));

function built(name: string): string {
  const source = fileURLToPath(new URL(name, import.meta.url));
  const output = path.join(folder, path.basename(source, '.c'));
  execFileSync('cc', ['-O1', '-o', output, source]);
  return output;
}

requires(['cc'], () => {
  /** The lines of a trace of the client that does everything with an edu device. */
  async function linesOf(...options: string[]): Promise<string[]> {
    const client = compiled('vfio-client');
    const { stderr } = await uvfio(
      'trace',
      '--no-report',
      ...options,
      '--',
      client,
      'bar',
      'work',
      EDU,
    );
    return stderr.trimEnd().split('\n');
  }

  test('requests have their structs decoded, with flags, sizes and ranges', async () => {
    const text = (await linesOf('--only', 'ioctl')).join('\n');
    expect(text).toContain('VFIO_GROUP_GET_DEVICE_FD, "0000:00:03.0") = ');
    expect(text).toMatch(
      /VFIO_IOMMU_MAP_DMA, \{iova=0x100000-0x10ffff \(64 KiB\), vaddr=0x[0-9a-f]+, flags=READ\|WRITE\}\) = 0/,
    );
    expect(text).toMatch(
      /VFIO_DEVICE_SET_IRQS, \{index=MSI, flags=ACTION_TRIGGER\|DATA_EVENTFD, start=0, count=1, eventfds=\[\d+\]\}/,
    );
  });

  test('each line has the process, and how long the call took', async () => {
    for (const line of await linesOf('--only', 'ioctl')) {
      expect(line).toMatch(/^\[\d+(\/\d+)?\] ioctl\(.* <[\d.]+ (µs|ms|s)>$/);
    }
  });

  test('what devices do stands where it happens', async () => {
    const text = (await linesOf()).join('\n');
    expect(text).toMatch(
      /BAR0 FACTORIAL, 4 ← 0xa\)[\s\S]*computes 10![\s\S]*MSI 0: eventfd signalled/,
    );
    expect(text).toMatch(/DMA reads 1 KiB at 0x100000[\s\S]*DMA writes 1 KiB at 0x104000/);
  });

  test('--only shows what is asked for', async () => {
    for (const line of await linesOf('--only', 'dma')) expect(line).toMatch(/DMA (reads|writes)/);
  });

  test('--only says what there is', async () => {
    const { status, stderr } = await uvfio('trace', '--only', 'nothing', '--', 'true');
    expect(status).toBe(125);
    expect(stderr).toContain("There is no 'nothing': take some of open, ioctl, ");
    const mistyped = await uvfio('trace', '--only', 'ioclt', '--', 'true');
    expect(mistyped.stderr).toContain("There is no 'ioclt': did you mean 'ioctl'?");
  });

  test('--json is a value a line', async () => {
    const values = (await linesOf('--json')).map((line) => JSON.parse(line) as object);
    expect(values).toContainEqual(
      expect.objectContaining({
        call: 'ioctl',
        request: 'VFIO_IOMMU_MAP_DMA',
        in: expect.objectContaining({ iova: '0x100000', size: 65536, flags: 'READ|WRITE' }),
        result: 0,
      }),
    );
    expect(values).toContainEqual(
      expect.objectContaining({
        call: 'pwrite64',
        device: EDU,
        region: 'BAR0',
        offset: 8,
        register: 'FACTORIAL',
        size: 4,
        value: '0xa',
      }),
    );
    expect(values).toContainEqual(
      expect.objectContaining({ event: 'interrupt', device: EDU, stage: 'signalled' }),
    );
  });

  test('files have names when they are closed, too', async () => {
    const client = built('../../examples/bugs/leaked-mapping.c');
    const { stderr: text } = await uvfio('trace', '--only', 'open', '--', client, EDU);
    expect(text).toMatch(/close\(\d+ 0000:00:03\.0\) = 0/);
    expect(text).toMatch(/close\(\d+ group 0\) = 0/);
    expect(text).toMatch(/close\(\d+ container\) = 0/);
  });

  test('links lead somewhere', async () => {
    const text = (await linesOf('--only', 'path')).join('\n');
    expect(text).toMatch(
      /readlink(at)?\(".*\/0000:00:03\.0\/iommu_group" → "(\.\.\/)+kernel\/iommu_groups\/0"\) = \d+/,
    );
  });

  test('what the kernel does to the command register is one line', async () => {
    const lines = await linesOf('--only', 'command');
    expect(lines[0]).toMatch(
      /command register, by the kernel: I\/O, memory → I\/O, memory, INTx disabled → I\/O, memory$/,
    );
    expect(lines[1]).toMatch(/command register: .*bus master/);
  });

  test('-c counts', async () => {
    const lines = await linesOf('-c');
    expect(lines[0]).toMatch(/% time +ms +µs\/call +calls +errors +call/);
    expect(lines.join('\n')).toMatch(/ 1 +ioctl VFIO_IOMMU_MAP_DMA/);
    expect(lines.at(-1)).toMatch(/^ *100\.0 .* total$/);
  });

  test('it is plain text where it is not a terminal', async () => {
    expect((await linesOf()).join('')).not.toContain('\u001b');
  });
});

requires('cc', () => {
  test('calls with any values are shown', async () => {
    const { status, stderr } = await uvfio('trace', '--', built('clients/strange.c'));
    expect(status).toBe(0);
    expect(stderr).toMatch(/VFIO_CHECK_EXTENSION, 9223372036854775000\) = 0/);
    expect(stderr).toMatch(/VFIO_CHECK_EXTENSION, -9223372036854776000\) = 0/);
    expect(stderr).toMatch(/pread64\(\d+ container, 4 B at 0x7\w+\) = -1 EINVAL/);
    expect(stderr).toMatch(/mmap\(\d+ container, -\d+, 4 KiB, PROT_READ, MAP_SHARED\) = -1/);
    expect(stderr).toMatch(/fcntl\((\d+) container, F_DUPFD_CLOEXEC, 10\) = \d+/);
    expect(stderr).toMatch(/fcntl\((\d+) container, F_GETFL\) = O_RDWR/);
    expect(stderr).toMatch(/fcntl\((\d+) container, F_GETFD\) = \?/);
    expect(stderr).toMatch(/dup2\(\d+ container, (\d+)\) = \1 /);
    expect(stderr).toMatch(/close_range\(512, ~0U, 0\) = 0/);
  });
});

test('--errors shows what failed, with the name of the error', async () => {
  const { stderr } = await uvfio(
    'trace',
    '--errors',
    '--',
    'sh',
    '-c',
    // What cat says comes in pieces, between which lines of the trace may stand.
    'exec 2> /dev/null; cat /dev/vfio/99; cat /dev/vfio/0',
  );
  const lines = stderr.split('\n').filter((line) => line.startsWith('['));
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain(
    'openat("/dev/vfio/99", O_RDONLY) = -1 ENOENT (No such file or directory)',
  );
  expect(lines[1]).toMatch(/read\(\d+ group 0, .*\) = -1 EINVAL \(Invalid argument\)/);
});

test('run --trace=FILE writes it to a file, and ends as the program does', async () => {
  const file = path.join(folder, 'trace.txt');
  const { status, stderr } = await uvfio(
    'run',
    `--trace=${file}`,
    '--',
    'sh',
    '-c',
    ': < /dev/vfio/vfio; exit 3',
  );
  expect([status, stderr]).toEqual([3, '']);
  expect(readFileSync(file, 'utf8')).toContain('openat("/dev/vfio/vfio", O_RDONLY)');
});

test('a file that can be written no longer ends the trace, not the program or the report', async () => {
  const { status, stdout, stderr } = await uvfio(
    'trace',
    '-o',
    '/dev/full',
    '--',
    'sh',
    '-c',
    ': < /dev/vfio/vfio; echo done',
  );
  expect([status, stdout]).toEqual([0, 'done\n']);
  expect(stderr).toBe(
    "uvfio: /dev/full can't be written: no space left on device; the trace ends there\n" +
      'uvfio: the report: nothing found\n',
  );
});

describe('a device to look at', () => {
  test('may be said in short', async () => {
    const { stderr } = await uvfio('trace', '--on', '3', '--', 'true');
    expect(stderr).toContain('Take an address such as 0000:01:00.0 or 01:00.0.');
    const short = await uvfio('trace', '--on', '00:03.0', '--', 'true');
    expect(short.stderr).toBe('uvfio: the report: nothing found\n');
  });

  test('that there is not is told about', async () => {
    const { stderr } = await uvfio('trace', '--on', '0000:07:00.0', '--', 'true');
    expect(stderr).toContain('uvfio: --on 0000:07:00.0: there was no such device: ');
  });
});

test('a file that can not be written is one line', async () => {
  const { status, stderr } = await uvfio('trace', '-o', '/nowhere/trace', '--', 'true');
  expect([status, stderr]).toEqual([
    125,
    "uvfio: /nowhere/trace can't be written: no such file or directory\n",
  ]);
});

requires('qemu-img', () => {
  describe('the trace of qemu-img on an NVMe controller', () => {
    const script = `'${process.execPath}' '${MAIN}' trace --machine nvme -- qemu-img info nvme://0000:01:00.0/1 2>&1`;
    const text = execFileSync('sh', ['-c', script], { encoding: 'utf8' });

    test.each([
      [
        'the group is put into a container',
        /VFIO_GROUP_SET_CONTAINER.*\n.*VFIO_SET_IOMMU, VFIO_TYPE1/,
      ],
      ['the device is opened', /VFIO_GROUP_GET_DEVICE_FD, "0000:01:00.0"\) = \d+/],
      [
        'regions are asked for',
        /VFIO_DEVICE_GET_REGION_INFO, \{argsz=32, index=BAR0\} → \{argsz=40, flags=[A-Z|]*MMAP[A-Z|]*, size=16 KiB, offset=0x0\}/,
      ],
      ['bus mastering is switched on', /CONFIG PCI_COMMAND, 2 ← 0x\w+\) = 2.*\n.*bus master/],
      [
        'registers are mapped',
        /mmap\(\d+ 0000:01:00.0, BAR0\+0x0, \d KiB, .*MAP_SHARED\) = mapped/,
      ],
      [
        'admin queues are set up',
        /AQA ← 0x\w+[\s\S]*ASQ ← 0x\w+[\s\S]*ACQ ← 0x\w+[\s\S]*CC ← 0x\w+[\s\S]*controller enabled/,
      ],
      ['interrupts are asked for', /VFIO_DEVICE_SET_IRQS, \{index=MSIX/],
      [
        'commands are what they are',
        /SQ0TDBL ← 0x1 [\s\S]*DMA reads 64 B[\s\S]*Identify Controller[\s\S]*DMA writes 4 KiB[\s\S]*MSIX 0: eventfd signalled/,
      ],
      [
        'I/O queues are made',
        /Create I\/O Completion Queue 1: [\s\S]*Create I\/O Submission Queue 1: /,
      ],
      ['blocks are read', /I\/O queue 1: Read blocks? 0/],
    ])('%s', (_, pattern) => {
      expect(text).toMatch(pattern);
    });
  });
});
