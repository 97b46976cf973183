// DPDK's own test program and driver (net_e1000_igb) on two of uvfio's 82576 with a cable between them.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MAIN } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

/** How long anything may take on a busy computer. */
const LIMIT_MS = 50_000;
const EAL = '-l 0,1 --no-huge -m 256 --iova-mode=va --no-telemetry -a 0000:01:00.0 -a 0000:02:00.0';

let folder: string;
let testpmd: Testpmd | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'uvfio-dpdk-'));
});

afterEach(() => {
  testpmd?.kill();
  testpmd = undefined;
  rmSync(folder, { recursive: true });
});

/** testpmd at its prompt, on the machine `dpdk`. */
class Testpmd {
  readonly #child: ChildProcess;
  #output = '';
  #seen = 0;

  constructor(...options: string[]) {
    // Its own files, so that others may run at the same time; lines as they come.
    const eal = [...EAL.split(' '), `--file-prefix=${path.basename(folder)}`];
    const command = [
      'stdbuf',
      '-oL',
      'dpdk-testpmd',
      ...eal,
      '--',
      '-i',
      '--total-num-mbufs=16384',
    ];
    const machine = ['--machine', 'dpdk', '--memlock', 'unlimited', ...options];
    this.#child = spawn(process.execPath, [MAIN, 'run', ...machine, '--', ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: 2 * LIMIT_MS,
      killSignal: 'SIGTERM',
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (data: Buffer) => {
        this.#output += data.toString();
      });
    }
  }

  /** Gives a command and waits for an answer to it. */
  async say(command: string, answer: RegExp): Promise<string> {
    this.#seen = this.#output.length;
    this.#child.stdin?.write(`${command}\n`);
    return await this.hear(answer);
  }

  async hear(answer: RegExp): Promise<string> {
    const until = Date.now() + LIMIT_MS;
    while (!answer.test(this.#output.slice(this.#seen))) {
      if (Date.now() > until || this.#child.exitCode !== null) {
        throw new Error(`no ${answer} in:\n${this.#output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return this.#output.slice(this.#seen);
  }

  /** Asks until the answer is as wanted. */
  async until(
    command: string,
    answer: RegExp,
    isWanted: (text: string) => boolean,
  ): Promise<string> {
    const end = Date.now() + LIMIT_MS;
    for (;;) {
      const text = await this.say(command, answer);
      if (isWanted(text)) return text;
      if (Date.now() > end) throw new Error(`never as wanted: ${text}`);
    }
  }

  async quit(): Promise<number | null> {
    this.#child.stdin?.end('quit\n');
    await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  kill(): void {
    this.#child.kill();
  }
}

/** What `show port stats all` says of a port, when it is there. */
const STATISTICS = /NIC statistics for port 1.*?Tx-pps/s;

function counters(text: string, port: number): { rx: number; tx: number; rxBytes: number } {
  const part = text.slice(text.indexOf(`NIC statistics for port ${port}`));
  const value = (name: string): number => Number(new RegExp(`${name}: +(\\d+)`).exec(part)?.[1]);
  return { rx: value('RX-packets'), tx: value('TX-packets'), rxBytes: value('RX-bytes') };
}

/** Everything that was sent was received: what `stop` sums up. */
function sums(text: string): { rx: number; tx: number } {
  const all = text.slice(text.indexOf('Accumulated forward statistics'));
  const match = /RX-packets: (\d+).*?TX-packets: (\d+)/s.exec(all);
  return { rx: Number(match?.[1]), tx: Number(match?.[2]) };
}

const bothLinksAreUp = (text: string): boolean =>
  (text.match(/Link status: up/g) ?? []).length === 2;
const PORTS = /Infos for port 1.*Device error handling/s;

requires(['dpdk-testpmd', 'stdbuf', 'tcpdump'], () => {
  test('links come up; both ports count every packet, and the capture has them all', async () => {
    const capture = path.join(folder, 'lan0.pcap');
    testpmd = new Testpmd('--net', `lan0,capture=${capture}`);
    await testpmd.hear(/testpmd> /);
    await testpmd.until('show port info all', PORTS, bothLinksAreUp);
    await testpmd.say('set fwd rxonly', /Set rxonly/);
    await testpmd.say('start tx_first 4', /rxonly packet forwarding/);
    const isAllThere = (text: string): boolean =>
      counters(text, 0).rx === 128 && counters(text, 1).rx === 128;
    const text = await testpmd.until('show port stats all', STATISTICS, isAllThere);
    expect(counters(text, 0)).toEqual({ rx: 128, tx: 128, rxBytes: 128 * 64 });
    expect(counters(text, 1)).toEqual({ rx: 128, tx: 128, rxBytes: 128 * 64 });
    expect(sums(await testpmd.say('stop', /Done\./))).toEqual({ rx: 256, tx: 256 });
    expect(await testpmd.quit()).toBe(0);
    const frames = execFileSync('tcpdump', ['-nr', capture], { encoding: 'utf8', stdio: 'pipe' });
    expect(frames.trimEnd().split('\n')).toHaveLength(256);
  }, 120_000);

  test('flows are spread over two queues; ports start, stop and close again and again', async () => {
    testpmd = new Testpmd();
    await testpmd.hear(/testpmd> /);
    await testpmd.say('port stop all', /Done\n/);
    await testpmd.say('port config all rxq 2', /testpmd> /);
    await testpmd.say('port config all txq 2', /testpmd> /);
    await testpmd.say('set fwd flowgen', /Set flowgen/);
    for (let round = 0; round < 3; round++) {
      await testpmd.say('port start all', /Done\n/);
      await testpmd.until('show port info all', PORTS, bothLinksAreUp);
      await testpmd.say('start', /flowgen packet forwarding/);
      await testpmd.until('show port stats all', STATISTICS, (text) => counters(text, 0).rx > 5000);
      const text = await testpmd.say('stop', /Done\./);
      const queues = [...text.matchAll(/RX Port= 0\/Queue= (\d).*\n +RX-packets: (\d+)/g)];
      const busy = queues.filter(([, , packets]) => Number(packets) > 100);
      expect(busy.map(([, queue]) => queue)).toEqual(['0', '1']);
      await testpmd.say('port stop all', /Done\n/);
    }
    await testpmd.say('port close all', /Port 1 is closed/);
    expect(await testpmd.quit()).toBe(0);
  }, 120_000);
});
