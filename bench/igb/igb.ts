// Packets that dpdk-testpmd forwards between two ports: of uvfio's 82576, and, to compare, of DPDK's drivers
// without hardware: net_ring (queues in memory) and, for root, net_af_packet (the kernel's virtual cable, veth).
// Then what a packet costs uvfio in processor time, and how long one that is alone takes from port to port.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Row } from '../measure.js';

const SECONDS = 6;
/** Readings, one a second, that are left out while all begins. */
const WARM_UP = 2;
/** Clock ticks of /proc/PID/stat, in nanoseconds. */
const TICK_NS = 10_000_000;
/** A frame's CRC, which testpmd does not count. */
const CRC_BYTES = 4;

/** Ports to forward between. */
interface Subject {
  readonly name: string;
  /** What the program is started by. */
  readonly command: readonly string[];
  readonly ports: readonly string[];
}

const CARDS: Subject = {
  name: 'uvfio igb',
  command: [process.execPath, 'dist/bin/uvfio.js', 'run', '--machine', 'dpdk', '--'],
  ports: ['-a', '0000:01:00.0', '-a', '0000:02:00.0'],
};

const RING: Subject = {
  name: 'net_ring',
  command: [],
  ports: ['--no-pci', '--vdev=net_ring0', '--vdev=net_ring1'],
};

/** A cable of the kernel's. */
const VETH = ['uvfio-bench0', 'uvfio-bench1'] as const;

const AF_PACKET: Subject = {
  name: 'net_af_packet',
  command: [],
  ports: ['--no-pci', ...VETH.map((name, port) => `--vdev=net_af_packet${port},iface=${name}`)],
};

/** Packets under way in each direction: as many as DPDK takes in one go, and enough to keep both busy. */
const BURSTS = [32, 256] as const;

interface Forwarding {
  /** Packets received at a port in a second: the median. */
  readonly rate: number;
  /** In the best second. */
  readonly best: number;
  /** Processor time of the process that was started, meanwhile, a second. */
  readonly cpuNs: number;
}

export async function igbBenchmark(): Promise<Row[]> {
  const rows: Row[] = [];
  const hasVeth = addVeth();
  const subjects = hasVeth ? [CARDS, RING, AF_PACKET] : [CARDS, RING];
  if (!hasVeth) console.error('bench: net_af_packet is left out: no virtual cable can be made');
  try {
    for (const bytes of [64, 1518]) {
      for (const burst of BURSTS) {
        for (const subject of subjects) rows.push(...(await measure(subject, bytes, burst)));
      }
    }
  } finally {
    if (hasVeth) ip('link', 'del', VETH[0]);
  }
  // One packet for each direction: as many are received a second as a packet makes its way in one.
  const { rate } = await forward(CARDS, 64, 1);
  rows.push({ name: 'uvfio igb, from port to port', ns: 1e9 / rate, operations: rate * SECONDS });
  return rows;
}

async function measure(subject: Subject, bytes: number, burst: number): Promise<Row[]> {
  const { rate, best, cpuNs } = await forward(subject, bytes, burst);
  const name = `${subject.name}, ${bytes} bytes, ${burst} under way`;
  const operations = rate * SECONDS;
  const rows: Row[] = [{ name, ns: rate, best, unit: 'packets/s a direction', operations }];
  if (subject !== CARDS) return rows;
  const perPacket = cpuNs / (2 * rate);
  return [...rows, { name: `${name}, processor time of a packet`, ns: perPacket, operations }];
}

/** False: not allowed. */
function addVeth(): boolean {
  const [one, other] = VETH;
  try {
    ip('link', 'add', one, 'type', 'veth', 'peer', 'name', other);
  } catch {
    return false;
  }
  for (const name of VETH) ip('link', 'set', name, 'up');
  return true;
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'ignore' });
}

/** @param burst packets that are under way, each direction */
async function forward(subject: Subject, bytes: number, burst: number): Promise<Forwarding> {
  const eal = ['-l', '0,1', '--no-huge', '-m', '256', '--iova-mode=va', ...subject.ports];
  const load = [`--txpkts=${bytes - CRC_BYTES}`, `--burst=${burst}`, '--rxd=512', '--txd=512'];
  const how = ['--forward-mode=io', '--tx-first', '--auto-start', '--stats-period=1'];
  const testpmd = ['stdbuf', '-oL', 'dpdk-testpmd', ...eal, '--', '--total-num-mbufs=16384'];
  const [file = '', ...args] = [...subject.command, ...testpmd, ...load, ...how];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const rates: number[] = [];
  let output = '';
  let start = { cpuNs: 0, ms: 0 };
  let spent = 0;
  child.stdout.on('data', (data: Buffer) => {
    output += data.toString();
    const found = [...output.matchAll(/port 0 .*?Rx-pps: +(\d+)/gs)].map(([, rate]) =>
      Number(rate),
    );
    if (found.length === rates.length) return;
    rates.splice(0, rates.length, ...found);
    const now = { cpuNs: cpuNsOf(child.pid ?? 0), ms: performance.now() };
    if (rates.length === WARM_UP) start = now;
    if (rates.length < WARM_UP + SECONDS) return;
    spent = (now.cpuNs - start.cpuNs) / ((now.ms - start.ms) / 1000);
    child.kill('SIGINT');
  });
  await once(child, 'close');
  const steady = rates.slice(WARM_UP).sort((a, b) => a - b);
  const rate = steady[steady.length >> 1];
  const best = steady.at(-1);
  if (!rate || !best) throw new Error(`${subject.name} forwarded nothing:\n${output}`);
  return { rate, best, cpuNs: spent };
}

/** Processor time that a process has had, in user and kernel mode. proc(5) */
function cpuNsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_NS;
}
