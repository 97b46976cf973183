// What reads and writes cost QEMU's NVMe driver (`qemu-img bench`): on uvfio's controller with the disk in
// memory and on an image, and, to compare, through the kernel on the same image. In turns, so that what else
// the computer does befalls all alike.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Row } from '../measure.js';

const UVFIO = 'dist/bin/uvfio.js';
const ADDRESS = '0000:00:04.0';
const ROUNDS = 5;
const SIZE = 256 * 2 ** 20;
const BLOCK = 4096;
const LARGE_BLOCK = 128 * 1024;
/**
 * From one block to the next: the golden section of all blocks. So each comes once, and none near those before
 * it, as if at random.
 */
const SCATTERED = 40_503 * BLOCK;

interface Load {
  readonly name: string;
  readonly count: number;
  readonly block: number;
  readonly depth: number;
  readonly isWrite: boolean;
}

const LOADS: readonly Load[] = [
  ...[false, true].flatMap((isWrite) =>
    [32, 1].map((depth) => ({
      name: `4 KiB random ${isWrite ? 'writes' : 'reads'}, ${depth} at a time`,
      count: depth === 1 ? 10_000 : 50_000,
      block: BLOCK,
      depth,
      isWrite,
    })),
  ),
  ...[false, true].map((isWrite) => ({
    name: `128 KiB ${isWrite ? 'writes' : 'reads'}, 8 at a time`,
    count: 4000,
    block: LARGE_BLOCK,
    depth: 8,
    isWrite,
  })),
];

/** Writes every block. */
const FILL = benchOf({ count: SIZE / LARGE_BLOCK, block: LARGE_BLOCK, isWrite: true });

/** Where blocks are, and the command that moves them; the last of its results counts. */
interface Subject {
  readonly name: string;
  readonly command: (bench: readonly string[]) => string[];
}

export function nvmeBenchmark(): Row[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-bench-'));
  const image = path.join(folder, 'disk.img');
  writeFileSync(image, new Uint8Array(SIZE).fill(1));
  try {
    const subjects = subjectsOn(image);
    return LOADS.flatMap((load) => rowsOf(load, subjects));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function subjectsOn(image: string): Subject[] {
  const kernel = ['threads', 'io_uring'].map((way) => ({
    name: `the kernel, image (${way})`,
    command: (bench: readonly string[]) => ['qemu-img', ...bench, '-i', way, image],
  }));
  const controller = (name: string, options: string): Subject => {
    const device = `nvme,addr=${ADDRESS},${options}`;
    const run = [process.execPath, UVFIO, 'run', '--device', device, '--'];
    const disk = `nvme://${ADDRESS}/1`;
    const once = (bench: readonly string[]) => ['qemu-img', ...bench, disk].join(' ');
    // The first time memory is made for what is written, and the machine's code is compiled.
    const script = (bench: readonly string[]) => [FILL, bench, bench].map(once).join(' && ');
    return { name, command: (bench) => [...run, 'sh', '-c', script(bench)] };
  };
  return [
    // Containers often have no io_uring.
    ...kernel.filter(({ command }) => isPossible(command(benchOf({ count: 1 })))),
    controller('uvfio, memory', `size=${SIZE}`),
    controller('uvfio, image', `file=${image}`),
  ];
}

function isPossible([program = '', ...args]: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** With the write cache on, as a file is written through the page cache. */
function benchOf({
  count,
  block = BLOCK,
  depth = 1,
  isWrite = false,
}: Partial<Load> & { count: number }): string[] {
  const step = block === BLOCK ? SCATTERED : block;
  return [
    ...['bench', '-f', 'raw', '-t', 'writeback', '-c', `${count}`, '-d', `${depth}`],
    ...['-s', `${block}`, '-S', `${step}`, ...(isWrite ? ['-w'] : [])],
  ];
}

function rowsOf(load: Load, subjects: readonly Subject[]): Row[] {
  const { name, count, block } = load;
  const runs = subjects.map((subject) => ({ ...subject, samples: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { command, samples } of runs) {
      samples.push(secondsOf(command(benchOf(load))) / count);
    }
  }
  return runs.map(({ name: on, samples }) => {
    const sorted = samples.map((seconds) => seconds * 1e9).sort((a, b) => a - b);
    const [best = Number.NaN] = sorted;
    const ns = sorted[sorted.length >> 1] ?? best;
    const rate = block === LARGE_BLOCK ? throughput(block, ns) : `${grouped(1e9 / ns)}/s`;
    return { name: `${name}: ${on} (${rate})`, ns, best, operations: count * ROUNDS };
  });
}

function throughput(bytes: number, ns: number): string {
  return `${grouped((bytes / ns) * (1e9 / 2 ** 20))} MiB/s`;
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function secondsOf([program = '', ...args]: readonly string[]): number {
  const output = execFileSync(program, args, { encoding: 'utf8' });
  const results = [...output.matchAll(/Run completed in ([\d.]+) seconds/g)];
  return Number(results.at(-1)?.[1]);
}
