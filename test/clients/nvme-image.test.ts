// An image below QEMU's NVMe driver: what was acknowledged lasts, and what goes wrong with the file is the
// status of one command. QEMU tells the code of a status, without its type, when asked to (`nvme_error`).
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAIN, startUvfio, uvfio } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

const DISK = 'nvme://0000:00:04.0/1';
const MEBIBYTE = 2 ** 20;
/** Of a write, it is Capacity Exceeded (0x081); of a read, Unrecovered Read Error (0x281). */
const CODE_81 = 'status 0x81';

let folder: string;
let image: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'uvfio-image-'));
  image = path.join(folder, 'disk.img');
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A shell command that runs commands of qemu-io, telling what the controller refuses. */
function qemuIo(...commands: string[]): string {
  const all = commands.map((command) => `-c '${command}'`).join(' ');
  return `qemu-io -T enable=nvme_error -t writeback -f raw ${all} ${DISK} 2>&1`;
}

/** Runs a shell script on a machine whose controller has the image. @returns what it printed */
async function onMachine(script: string, options = `file=${image}`): Promise<string> {
  const device = `nvme,addr=0000:00:04.0,${options}`;
  const { stdout, stderr } = await uvfio('run', '--device', device, '--', 'sh', '-c', script);
  return stdout + stderr;
}

function makeImage(size: number): void {
  writeFileSync(image, '');
  truncateSync(image, size);
}

requires(['qemu-io', 'prlimit'], () => {
  describe('what was acknowledged survives the host, killed at once', () => {
    test.each([
      ['after a flush', qemuIo('write -P 0x5a 0 1M', 'flush')],
      ['with FUA', qemuIo('write -f -P 0x5a 0 1M')],
    ])('%s', async (_, io) => {
      makeImage(8 * MEBIBYTE);
      const device = `nvme,addr=0000:00:04.0,file=${image}`;
      const script = `${io} && echo acknowledged; sleep 60`;
      const running = startUvfio(['run', '--device', device, '--', 'sh', '-c', script]);
      await running.until('acknowledged');
      running.process.kill('SIGKILL');
      await running.ended;
      const written = readFileSync(image).subarray(0, MEBIBYTE);
      expect(written.every((byte) => byte === 0x5a)).toBe(true);
    });
  });

  describe('a write that the file system takes no more', () => {
    test('is Capacity Exceeded; what there is room for goes on', async () => {
      makeImage(64 * MEBIBYTE);
      const io = qemuIo('write 8M 4k', 'write -P 7 1M 4k', 'read -P 7 1M 4k', 'flush');
      // The host alone may write no further than 4 MiB of a file.
      const output = await onMachine(`prlimit --pid $PPID --fsize=${4 * MEBIBYTE}; ${io}`);
      expect(output).toContain(CODE_81);
      expect(output.match(/nvme_error/g)).toHaveLength(1);
      expect(output).toContain('read 4096/4096 bytes at offset 1048576');
      expect(output).not.toContain('verification failed');
    });

    test('on a full disk, too, until something is discarded', async ({ skip }) => {
      const mount = path.join(folder, 'full');
      mkdirSync(mount);
      const script = `mount -t tmpfs -o size=2m none ${mount}`;
      if (inNamespace(script) === undefined) skip('needs a kernel that lets users mount tmpfs');
      const io = qemuIo('write -P 1 0 1M', 'write 1M 2M', 'discard 0 1M', 'write -P 4 4M 512k');
      const device = `nvme,addr=0000:00:04.0,file=${mount}/disk.img,size=16M`;
      const run = `'${process.execPath}' '${MAIN}' run --device ${device} -- sh -c "${io}"`;
      const output = inNamespace(`${script} && ${run} || true`) ?? '';
      expect(output).toContain(CODE_81);
      expect(output).toContain('wrote 524288/524288 bytes at offset 4194304');
    });
  });

  test('an image that becomes shorter fails where it is missing, and only there', async () => {
    makeImage(8 * MEBIBYTE);
    const output = await onMachine(
      `truncate -s 1M ${image}; ${qemuIo('read 4M 4k', 'read -P 0 512k 4k')}`,
    );
    expect(output).toContain(CODE_81);
    expect(output.match(/nvme_error/g)).toHaveLength(1);
    expect(output).toContain('read 4096/4096 bytes at offset 524288');
  });
});

requires(['qemu-io', 'strace'], () => {
  test('a flush, and a write with FUA, is an fdatasync each; other writes are none', () => {
    makeImage(8 * MEBIBYTE);
    const trace = path.join(folder, 'calls');
    const count = (...commands: string[]): number => {
      const device = `nvme,addr=0000:00:04.0,file=${image}`;
      const run = [MAIN, 'run', '--device', device, '--', 'sh', '-c', qemuIo(...commands)];
      const strace = ['-f', '-e', 'trace=fdatasync', '-o', trace];
      execFileSync('strace', [...strace, process.execPath, ...run]);
      return readFileSync(trace, 'latin1').match(/fdatasync\(\d+\) += 0/g)?.length ?? 0;
    };
    // When the driver closes the device, it flushes.
    const atTheEnd = count('write 0 4k');
    expect(count('write 0 4k', 'write 4k 4k', 'write 8k 4k')).toBe(atTheEnd);
    expect(count('write 0 4k', 'write -f 4k 4k', 'flush', 'write -f 8k 4k') - atTheEnd).toBe(3);
  });
});

/** Runs a script as root of a user namespace, with mounts of its own. Undefined: that fails. */
function inNamespace(script: string): string | undefined {
  try {
    return execFileSync('unshare', ['-Urm', 'sh', '-c', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined;
  }
}
