// DMA into the memory of a program, against memcpy in that program and against a program in C that reaches the
// memory of another one, in turns. The way is the one that a device model's DMA takes: translation by the IOMMU domain, then a copy between the processes.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ProcessMemory } from '../../src/host/native/process-memory.unsafe.js';
import { NativeMemory } from '../../src/host/native-memory.unsafe.js';
import type { IovaRange } from '../../src/iommu/iommu-domain.js';
import { IOMMU_READ, IOMMU_WRITE, PagingDomain } from '../../src/iommu/paging-domain.js';
import { Device } from '../../src/kernel/device.js';
import type { Row } from '../measure.js';
import { scratchFolder } from '../scratch-folder.js';

const SIZES = [64, 512, 4096, 65536, 1024 * 1024];
const ROUNDS = 9;
const ROUND_BYTES = 64 * 1024 * 1024;
const MOST_COPIES = 20_000;
const WINDOW = 16 * 1024 * 1024;
const PAGE = 4096;
/** Pieces of a scatter list, as a network card's burst has them: 2 KiB apart. */
const PIECES = 32;
const PIECE_STRIDE = 2048;
const SMALL_FRAME = 64;

/** Of memory. */
const KINDS = ['private', 'huge', 'shared'] as const;
type Kind = (typeof KINDS)[number];

/** Nanoseconds a copy in C, by how it is done. */
interface CopyTimes {
  readonly memcpy: number;
  readonly process_vm_readv: number;
  readonly process_vm_writev: number;
}

interface Client {
  readonly pid: number;
  readonly address: number;
  copyNs(size: number, count: number): Promise<CopyTimes>;
  end(): void;
}

type Copy = (iova: number) => void;

/** @throws Error when an access fails */
export async function dmaBenchmark(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const kind of KINDS) rows.push(...(await rowsFor(kind)));
  return rows;
}

async function rowsFor(kind: Kind): Promise<Row[]> {
  const client = await startClient(kind);
  const domain = domainOf(client);
  const device = new Device('0000:00:01.0');
  const rows: Row[] = [];
  for (const size of SIZES) {
    const bytes = new Uint8Array(size);
    const read: Copy = (iova) => check(domain.read(device, BigInt(iova), bytes));
    const write: Copy = (iova) => check(domain.write(device, BigInt(iova), bytes));
    rows.push(...(await compare(client, size, { read, write })));
  }
  const burst = new Uint8Array(PIECES * SMALL_FRAME);
  const list: Copy = (iova) => check(domain.readv(device, piecesAt(iova), burst));
  rows.push(timeRow(`${PIECES} × ${SMALL_FRAME} B, one scatter list`, PIECES * PIECE_STRIDE, list));
  client.end();
  return rows.map((row) => ({ ...row, name: `${kind} ${row.name}` }));
}

/** The middle of several rounds, in each of which everything is measured once. */
async function compare(
  client: Client,
  size: number,
  ways: Readonly<Record<string, Copy>>,
): Promise<Row[]> {
  const count = Math.min(MOST_COPIES, ROUND_BYTES / size);
  const times = new Map<string, number[]>();
  const add = (name: string, ns: number): void => {
    times.set(name, [...(times.get(name) ?? []), ns]);
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, ns] of Object.entries(await client.copyNs(size, count)))
      add(`${name} in C`, ns);
    for (const [name, way] of Object.entries(ways)) add(`DMA ${name}`, time(way, size, count));
  }
  const [copies = []] = times.values();
  return [...times].map(([name, ns]) => {
    const speed = median(ns.map((one, round) => (copies[round] ?? Number.NaN) / one));
    const percent = ns === copies ? '' : ` (${(100 * speed).toFixed(0)} % of memcpy's speed)`;
    return { name: `${size} B, ${name}${percent}`, ns: median(ns), operations: count * ROUNDS };
  });
}

function timeRow(name: string, stride: number, way: Copy): Row {
  const count = MOST_COPIES / 10;
  const ns = Array.from({ length: ROUNDS }, () => time(way, stride, count));
  return { name, ns: median(ns), operations: count * ROUNDS };
}

/** Nanoseconds a copy, through the window as memory.c goes through it. */
function time(way: Copy, size: number, count: number): number {
  const start = process.hrtime.bigint();
  let at = 0;
  for (let i = 0; i < count; i++) {
    way(at);
    at = at + 2 * size > WINDOW ? 0 : at + size;
  }
  return Number(process.hrtime.bigint() - start) / count;
}

function piecesAt(iova: number): IovaRange[] {
  return Array.from({ length: PIECES }, (_, index) => ({
    iova: BigInt(iova + index * PIECE_STRIDE),
    length: SMALL_FRAME,
  }));
}

function check(fault: object | undefined): void {
  if (fault !== undefined) throw new Error('DMA failed');
}

/** The window from I/O virtual address 0 on. */
function domainOf({ pid, address }: Client): PagingDomain {
  const memory = new NativeMemory(pid, new ProcessMemory(), 'no device memory');
  const domain = new PagingDomain();
  memory.pin(address, WINDOW, true);
  domain.map({
    page: 0,
    pages: WINDOW / PAGE,
    memory,
    memoryPage: address / PAGE,
    permissions: IOMMU_READ | IOMMU_WRITE,
  });
  return domain;
}

async function startClient(kind: Kind): Promise<Client> {
  const program = path.join(scratchFolder(), 'memory');
  execFileSync('cc', ['-O2', '-o', program, 'bench/dma/memory.c']);
  const child = spawn(program, kind === 'private' ? [] : [kind], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout);
  const numbers = async (): Promise<number[]> => {
    const [line] = (await once(lines, 'line')) as [string];
    return line.split(' ').map(Number);
  };
  const [address = Number.NaN] = await numbers();
  return {
    pid: child.pid ?? 0,
    address,
    copyNs: async (size, count) => {
      child.stdin.write(`${size} ${count}\n`);
      const [memcpy = Number.NaN, read = Number.NaN, write = Number.NaN] = await numbers();
      return { memcpy, process_vm_readv: read, process_vm_writev: write };
    },
    end: () => child.stdin.end(),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
