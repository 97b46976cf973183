// What random reads and writes of 4 KiB cost Linux in a guest of QEMU: on uvfio's NVMe controller by vfio-pci,
// its registers mapped and trapped, and, to compare, on the controller that QEMU emulates itself. All three in
// one guest, on images of the same content, in turns, so that what else the computer does befalls all alike.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Guest } from '../../tools/guest/guest.js';
import { buildInitramfs } from '../../tools/guest/initramfs.js';
import { isKernelThere, KERNEL_IMAGE } from '../../tools/guest/kernel.js';
import { qemuCommand } from '../../tools/guest/qemu.js';
import type { Row } from '../measure.js';

const UVFIO = 'dist/bin/uvfio.js';
const SIZE = 256 * 2 ** 20;
const BLOCK = 4096;
const ROUNDS = 5;
const SECONDS = 1;

/** A disk of the guest. */
interface Subject {
  readonly name: string;
  /** Its PCI address in the guest and, if it is uvfio's, on uvfio's machine. */
  readonly address: string;
  /** Arguments of QEMU. @param image path of the disk's image */
  readonly qemu: (image: string) => readonly string[];
  /** Whether it is a device of uvfio. */
  readonly isUvfio: boolean;
}

const vfioDisk = (name: string, slot: number, flags: string): Subject => {
  const address = `0000:00:0${slot}.0`;
  const device = `vfio-pci,host=${address},addr=${slot}${flags}`;
  return { name, address, isUvfio: true, qemu: () => ['-device', device] };
};

const SUBJECTS: readonly Subject[] = [
  {
    name: "QEMU's own controller",
    address: '0000:00:03.0',
    isUvfio: false,
    qemu: (image) => [
      ...['-drive', `if=none,id=own,format=raw,file=${image}`],
      ...['-device', 'nvme,drive=own,serial=own,addr=3'],
    ],
  },
  vfioDisk('uvfio, registers mapped', 4, ''),
  vfioDisk('uvfio, registers trapped', 5, ',x-no-mmap=on'),
];

const LOADS = ['read', 'write'].flatMap((direction) =>
  [1, 32].map((depth) => ({ direction, depth })),
);

/** @throws Error when there is no kernel for guests */
export async function guestBenchmark(): Promise<Row[]> {
  if (!isKernelThere()) throw new Error('no kernel for guests: run tools/guest/fetch-kernel.sh');
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-bench-'));
  const guest = await Guest.boot(command(folder)).catch((error: unknown) => {
    rmSync(folder, { recursive: true });
    throw error;
  });
  try {
    const disks = await findDisks(guest);
    const rows: Row[] = [];
    for (const load of LOADS) rows.push(...(await rowsOf(guest, disks, load)));
    await guest.powerOff();
    return rows;
  } finally {
    await guest.kill();
    rmSync(folder, { recursive: true });
  }
}

/** Starts the guest; its images, initial file system and all, are in a folder. */
function command(folder: string): string[] {
  const initramfs = path.join(folder, 'initramfs');
  writeFileSync(initramfs, buildInitramfs({ modules: ['nvme'], programs: ['random-io'] }));
  const images = SUBJECTS.map((_, index) => path.join(folder, `${index}.img`));
  for (const image of images) writeFileSync(image, new Uint8Array(SIZE).fill(1));
  const devices = SUBJECTS.flatMap(({ isUvfio, address }, index) =>
    isUvfio ? ['--device', `nvme,addr=${address},file=${images[index]}`] : [],
  );
  const args = SUBJECTS.flatMap(({ qemu }, index) => qemu(images[index] ?? ''));
  const qemu = qemuCommand({ kernel: KERNEL_IMAGE, initramfs, args });
  return [process.execPath, UVFIO, 'run', '--memlock', 'unlimited', ...devices, '--', ...qemu];
}

/** The subjects' block devices, in their order. */
async function findDisks(guest: Guest): Promise<string[]> {
  await guest.do('modprobe nvme');
  const find = (address: string): string =>
    `until ls -d /sys/bus/pci/devices/${address}/nvme/nvme*/nvme*n1; do sleep 0.1; done 2> /dev/null`;
  const disks: string[] = [];
  for (const { address } of SUBJECTS) {
    disks.push(`/dev/${path.basename(await guest.do(find(address)))}`);
  }
  return disks;
}

async function rowsOf(
  guest: Guest,
  disks: readonly string[],
  { direction, depth }: (typeof LOADS)[number],
): Promise<Row[]> {
  const rates = SUBJECTS.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, disk] of disks.entries()) {
      const load = `random-io ${direction} ${disk} ${BLOCK} ${depth} ${SECONDS}`;
      rates[index]?.push(Number(await guest.do(load)));
    }
  }
  const medians = rates.map(median);
  const [own = Number.NaN] = medians;
  return SUBJECTS.map(({ name }, index) => {
    const rate = medians[index] ?? Number.NaN;
    const ratio = index === 0 ? '' : `, ${(rate / own).toFixed(2)} of QEMU's`;
    const load = `4 KiB random ${direction}s, ${depth} at a time`;
    return {
      name: `${load}: ${name} (${rate.toLocaleString('en')}/s${ratio})`,
      ns: 1e9 / rate,
      operations: rate * SECONDS * ROUNDS,
    };
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
