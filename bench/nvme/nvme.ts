// What reads and writes cost QEMU's NVMe driver (`qemu-img bench`): on uvfio's controller with the disk in
// memory and on an image, and, to compare, through the kernel on the same image. In turns, so that what else
// the computer does befalls all alike.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Row } from '../measure.js';

const UVFIO = 'dist/bin/uvfio.js';
const ADDRESS = '0000:00:04.0';
const ROUNDS = 5;
const SIZE = 256 * 2 ** 20;

interface Load {
  readonly name: string;
  readonly count: number;
  readonly flags: readonly string[];
}

const LOADS: readonly Load[] = [
  { name: '4 KiB reads, 32 at a time', count: 50_000, flags: ['-d', '32', '-s', '4k'] },
  { name: '4 KiB reads, one at a time', count: 10_000, flags: ['-d', '1', '-s', '4k'] },
  { name: '4 KiB writes, 32 at a time', count: 50_000, flags: ['-d', '32', '-s', '4k', '-w'] },
  { name: '128 KiB reads, 8 at a time', count: 4000, flags: ['-d', '8', '-s', '128k'] },
];

export function nvmeBenchmark(): Row[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-bench-'));
  const image = path.join(folder, 'disk.img');
  writeFileSync(image, new Uint8Array(SIZE).fill(1));
  try {
    return LOADS.flatMap((load) => rowsOf(load, image));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function rowsOf({ name, count, flags }: Load, image: string): Row[] {
  // With the write cache on, as a file is written through the page cache.
  const bench = ['bench', '-f', 'raw', '-t', 'writeback', '-c', `${count}`, ...flags];
  const onController = (options: string): string[] => {
    const device = `nvme,addr=${ADDRESS},${options}`;
    const disk = `nvme://${ADDRESS}/1`;
    return [process.execPath, UVFIO, 'run', '--device', device, '--', 'qemu-img', ...bench, disk];
  };
  const subjects = [
    { on: 'the kernel, image', command: ['qemu-img', ...bench, image] },
    { on: 'uvfio, memory', command: onController(`size=${SIZE}`) },
    { on: 'uvfio, image', command: onController(`file=${image}`) },
  ].map((subject) => ({ ...subject, samples: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { command, samples } of subjects) samples.push(secondsOf(command) / count);
  }
  return subjects.map(({ on, samples }) => {
    const ns = median(samples) * 1e9;
    const rate = Math.round(1e9 / ns).toLocaleString('en');
    return { name: `${name}: ${on} (${rate}/s)`, ns, operations: count * ROUNDS };
  });
}

function secondsOf([program = '', ...args]: readonly string[]): number {
  const output = execFileSync(program, args, { encoding: 'utf8' });
  return Number(/Run completed in ([\d.]+) seconds/.exec(output)?.[1]);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
