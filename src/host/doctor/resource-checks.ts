/** Room and limits: descriptors, locked memory, tmpfs; and the programs that people use with uvfio. */
import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { LEAST_DESCRIPTORS } from '../enough-descriptors.js';
import { descriptorLimit, fileSizeLimit } from '../native/resource-limit.unsafe.js';
import { readMemlockLimit } from '../proc-status.js';
import type { Finding } from './finding.js';

const MIB = 1024 * 1024;

export function nodeFinding(version = process.versions.node): Finding {
  const major = Number.parseInt(version, 10);
  if (major >= 20) return { state: 'good', text: `Node ${version}` };
  return {
    state: 'broken',
    text: `Node ${version}: 20 or newer is needed`,
    fix: 'install Node 20 or newer',
  };
}

/** Programs get up to 4096; the machine's files begin at 512. */
export function descriptorFinding({ hard } = descriptorLimit()): Finding {
  if (hard >= 1024) return { state: 'good', text: `up to ${hard} descriptors (RLIMIT_NOFILE)` };
  const fix = 'ulimit -Hn 4096, or --ulimit nofile=4096 in Docker';
  if (hard < LEAST_DESCRIPTORS) {
    const text = `only ${hard} descriptors (RLIMIT_NOFILE): uvfio itself needs ${LEAST_DESCRIPTORS}`;
    return { state: 'broken', text, fix };
  }
  const text = `only ${hard} descriptors (RLIMIT_NOFILE): few are left for programs`;
  return { state: 'limited', text, fix };
}

/** BARs and disks are files; of a limit that there is not, there is nothing to say. */
export function fileSizeFindings({ soft } = fileSizeLimit()): Finding[] {
  if (soft === Number.MAX_SAFE_INTEGER) return [];
  const text = `files of up to ${Math.floor(soft / 1024)} KiB (RLIMIT_FSIZE): no more for a BAR, a disk or a trace`;
  return [{ state: 'limited', text, fix: 'ulimit -f unlimited' }];
}

/** What programs may map for DMA. */
export function memlockFinding(bytes = readMemlockLimit(process.pid)): Finding {
  if (bytes === Infinity)
    return { state: 'good', text: 'programs may lock any memory (RLIMIT_MEMLOCK)' };
  const text = `programs may lock ${Math.floor(bytes / MIB)} MiB for DMA (RLIMIT_MEMLOCK), as on a real system`;
  return { state: 'note', text, fix: 'uvfio run --memlock 4G (or unlimited), or ulimit -l' };
}

/** Where device memory and the views of /dev and /sys are. */
export function roomFinding(): Finding {
  const [place, isShared] = canWrite('/dev/shm') ? ['/dev/shm', true] : [tmpdir(), false];
  const { bavail, bsize } = statfsSync(place);
  const room = Math.floor((bavail * bsize) / MIB);
  if (room < 16) {
    const fix = `free some, or --shm-size=256m in Docker`;
    return { state: 'broken', text: `${room} MiB left in ${place}`, fix };
  }
  if (isShared) return { state: 'good', text: `${room} MiB of room in ${place}` };
  const fix = 'mount a tmpfs at /dev/shm, writable for everybody';
  return { state: 'limited', text: `no /dev/shm; ${place} is used, which may be slow`, fix };
}

function canWrite(place: string): boolean {
  try {
    accessSync(place, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Programs by what they are in, as Debian packages it. */
const CLIENTS: readonly (readonly [program: string, packageName: string])[] = [
  ['lspci', 'pciutils'],
  ['driverctl', 'driverctl'],
  ['qemu-img', 'qemu-utils qemu-block-extra'],
  ['qemu-system-x86_64', 'qemu-system-x86'],
  ['dpdk-testpmd', 'dpdk-dev'],
];

/** Well-known VFIO programs, there or not. */
export function clientFinding(
  path = [process.env['PATH'], '/usr/sbin', '/sbin'].join(delimiter),
): Finding {
  const folders = path.split(delimiter);
  const isThere = (program: string): boolean =>
    folders.some((folder) => folder !== '' && isExecutable(join(folder, program)));
  const there = CLIENTS.filter(([program]) => isThere(program)).map(([program]) => program);
  const missing = CLIENTS.filter(([program]) => !there.includes(program));
  const text = `programs to try: ${there.length > 0 ? there.join(', ') : 'none of the well-known ones'}`;
  if (missing.length === 0) return { state: 'note', text };
  const packages = missing.map(([, packageName]) => packageName).join(' ');
  return { state: 'note', text, fix: `apt install ${packages}` };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
