// QEMU's own NVMe driver on uvfio's controller: qemu-img and qemu-io, unmodified, started by a user without
// privileges where the tests can do so.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAIN, start, startUvfio, uvfio, type Ended } from '../host/uvfio.js';
import { ALICE, asUser, commandForAll, requiresOtherUsers } from '../support/other-user.js';
import { findProgram, requires } from '../support/requirement.js';

const DISK = 'nvme://0000:00:04.0/1';
const MEBIBYTE = 2 ** 20;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'uvfio-nvme-'));
  chmodSync(folder, 0o777);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** What `uvfio` is started by: a user without privileges, or who else runs the tests. */
function uvfioCommand(): string[] {
  const isPossible = process.getuid?.() === 0 && findProgram('setpriv') !== undefined;
  return isPossible
    ? [...asUser(ALICE), process.execPath, commandForAll()]
    : [process.execPath, MAIN];
}

/** Runs a program on a machine with a controller. @param options of the device */
async function withNvme(options: string, ...command: string[]): Promise<Ended> {
  const device = `nvme,addr=0000:00:04.0,${options}`;
  return await start([...uvfioCommand(), 'run', '--device', device, '--', ...command]).ended;
}

/** Runs commands of qemu-io. */
async function qemuIo(options: string, ...commands: string[]): Promise<Ended> {
  const all = commands.flatMap((command) => ['-c', command]);
  return await withNvme(options, 'qemu-io', '-f', 'raw', ...all, DISK);
}

/** An image of bytes that differ from block to block. */
function patterned(length: number): string {
  const file = path.join(folder, 'pattern.img');
  const words = Uint32Array.from({ length: length / 4 }, (_, index) =>
    Math.imul(index, 2654435761),
  );
  writeFileSync(file, words);
  return file;
}

requires(['qemu-img', 'qemu-io'], () => {
  test('qemu-img info tells the size', async () => {
    const { status, stdout } = await withNvme('size=64M', 'qemu-img', 'info', DISK);
    expect(status).toBe(0);
    expect(stdout).toContain('virtual size: 64 MiB (67108864 bytes)');
  });

  test('a controller behind a root port', async () => {
    const devices = ['root-port,addr=0000:00:01.0', 'nvme,addr=0000:01:00.0,size=64M'];
    const flags = devices.flatMap((device) => ['--device', device]);
    const info = ['qemu-img', 'info', DISK.replace('00:04', '01:00')];
    const run = [...uvfioCommand(), 'run', ...flags, '--', ...info];
    const { status, stdout } = await start(run).ended;
    expect([status, stdout]).toEqual([0, expect.stringContaining('64 MiB')]);
  });

  test('qemu-io reads the patterns it wrote; zeroed and discarded blocks are zeros', async () => {
    const { status, stdout, stderr } = await qemuIo(
      'size=64M',
      'write -P 0xab 0 1M',
      'read -P 0xab 0 1M',
      'write -z 64k 64k',
      'read -P 0 64k 64k',
      'read -P 0xab 128k 64k',
      'discard 512k 4k',
      'read -P 0 512k 4k',
      'write -f -P 0xcd 63M 1M',
      'flush',
      'read -P 0xcd 63M 1M',
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain('Pattern verification failed');
  });

  test('a converted image is the same, in the file and through the controller', async () => {
    const source = patterned(8 * MEBIBYTE);
    const file = path.join(folder, 'disk.img');
    const options = `file=${file},size=8M`;
    const convert = ['convert', '-n', '-f', 'raw', '-O', 'raw', source, DISK];
    expect((await withNvme(options, 'qemu-img', ...convert)).status).toBe(0);
    expect(readFileSync(file).equals(readFileSync(source))).toBe(true);
    const compare = ['compare', '-f', 'raw', '-F', 'raw', source, DISK];
    const { stdout } = await withNvme(`file=${file}`, 'qemu-img', ...compare);
    expect(stdout).toContain('Images are identical');
  });

  test.each([
    ['reads', []],
    ['writes', ['-w']],
  ])('qemu-img bench: 32 %s at a time', async (_, flags) => {
    const bench = [
      'bench',
      '-f',
      'raw',
      '-t',
      'none',
      '-c',
      '5000',
      '-d',
      '32',
      '-s',
      '4k',
      ...flags,
    ];
    const { status, stdout } = await withNvme('size=64M', 'qemu-img', ...bench, DISK);
    expect([status, stdout]).toEqual([0, expect.stringContaining('Run completed')]);
  });

  test('images are sparse, and discarding gives space back', async () => {
    const file = path.join(folder, 'disk.img');
    await qemuIo(`file=${file},size=1G`, 'write -P 1 0 4M', 'discard 0 4M', 'flush');
    expect(statSync(file).size).toBe(2 ** 30);
    expect(statSync(file).blocks * 512).toBeLessThan(MEBIBYTE);
  });

  test('a read-only image is not written', async () => {
    const file = patterned(MEBIBYTE);
    const before = readFileSync(file);
    const { stdout, stderr } = await qemuIo(`file=${file},readonly=yes`, 'write -P 1 0 4k');
    expect(stdout + stderr).toContain('failed');
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  test('qemu-img create makes images on the disk: raw, which it has to be large enough for, and qcow2', async () => {
    const file = path.join(folder, 'disk.img');
    const create = async (...command: string[]): Promise<string> => {
      const image = `file=${file},size=64M`;
      const { stdout, stderr } = await withNvme(image, 'qemu-img', 'create', ...command);
      return stdout + stderr;
    };
    expect(await create('-f', 'raw', DISK, '64M')).toContain('size=67108864');
    expect(await create('-f', 'raw', DISK, '65M')).toContain('Cannot grow NVMe devices');
    expect(await create('-f', 'qcow2', DISK, '32M')).toContain('fmt=qcow2');
    const { stdout } = await withNvme(`file=${file}`, 'qemu-img', 'info', DISK);
    expect(stdout).toContain('file format: qcow2\nvirtual size: 32 MiB');
    const io = ['-c', 'write -P 0x77 1M 64k', '-c', 'read -P 0x77 1M 64k'];
    const { stderr } = await withNvme(`file=${file}`, 'qemu-io', '-f', 'qcow2', ...io, DISK);
    expect(stderr).toBe('');
    const check = await withNvme(`file=${file}`, 'qemu-img', 'check', '-f', 'qcow2', DISK);
    expect(check.stdout).toContain('No errors were found');
  });

  test('as root, if the tests are', async () => {
    const io = ['-f', 'raw', '-c', 'write -P 0xab 0 1M', '-c', 'read -P 0xab 0 1M', DISK];
    const device = `nvme,addr=0000:00:04.0,file=${folder}/disk.img,size=8M`;
    const { stdout } = await uvfio('run', '--device', device, '--', 'qemu-io', ...io);
    expect(stdout).toContain('read 1048576/1048576 bytes at offset 0');
  });
});

describe('an image that can not be', () => {
  const refusal = async (options: string): Promise<string> => {
    const device = `nvme,addr=0000:00:04.0,${options}`;
    const { status, stderr } = await uvfio('run', '--device', device, '--', 'true');
    expect(status).toBe(125);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    return stderr;
  };

  test('is missing, and no size is said to make it with', async () => {
    const file = path.join(folder, 'none.img');
    expect(await refusal(`file=${file}`)).toContain(`${file}: there is no such file: add size=…`);
  });

  test('is in a directory that is missing', async () => {
    const file = path.join(folder, 'none', 'disk.img');
    expect(await refusal(`file=${file},size=1M`)).toContain('there is no such directory: make it');
  });

  test('has another size, or one that is no number of blocks', async () => {
    const file = path.join(folder, 'disk.img');
    writeFileSync(file, new Uint8Array(1000));
    expect(await refusal(`file=${file},size=1M`)).toContain(
      'the image has 1000 bytes, not 1048576',
    );
    expect(await refusal(`file=${file}`)).toContain('no multiple of 512');
    writeFileSync(file, new Uint8Array(1024));
    expect(await refusal(`file=${file},block_size=4096`)).toContain('less than a block of 4096');
  });

  test('is a directory', async () => {
    expect(await refusal(`file=${folder}`)).toContain('is a directory');
  });

  test('is a FIFO, which nobody waits for', async () => {
    const file = path.join(folder, 'fifo');
    execFileSync('mkfifo', [file]);
    expect(await refusal(`file=${file}`)).toContain('is not a regular file');
    expect(await refusal(`file=${file},readonly=yes`)).toContain('is not a regular file');
  });

  requiresOtherUsers(() => {
    test('may not be written, unless that is not wanted', () => {
      const file = patterned(MEBIBYTE);
      chmodSync(folder, 0o755);
      chmodSync(file, 0o444);
      const run = (options: string) => {
        const device = `nvme,addr=0000:00:04.0,file=${file}${options}`;
        const command = [process.execPath, commandForAll(), 'run', '--device', device];
        const [program = '', ...args] = [...asUser(ALICE), ...command, '--', 'true'];
        return spawnSync(program, args, { cwd: '/', encoding: 'utf8' });
      };
      const { status, stderr } = run('');
      expect([status, stderr]).toEqual([125, expect.stringContaining('add readonly=yes')]);
      expect(run(',readonly=yes').status).toBe(0);
    });
  });

  test('is used by another machine', async () => {
    const file = patterned(MEBIBYTE);
    const device = `nvme,addr=0000:00:04.0,file=${file}`;
    const script = 'echo here; sleep 30';
    const running = startUvfio(['run', '--device', device, '--', 'sh', '-c', script]);
    await running.until('here');
    for (const options of ['', ',readonly=yes']) {
      const refused = await refusal(`file=${file}${options}`);
      expect(refused).toContain(`${file}: another machine has the image open`);
    }
    running.process.kill('SIGTERM');
    await running.ended;
  });
});
