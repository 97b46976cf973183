// dpdk-testpmd, DPDK's own test program, at its prompt, on a machine of uvfio's.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { MAIN } from '../host/uvfio.js';

/** How long anything may take on a busy computer. */
const LIMIT_MS = 50_000;
const EAL = '-l 0,1 --no-huge -m 256 --iova-mode=va -a 0000:01:00.0 -a 0000:02:00.0';

/** What has to be on the PATH. */
export const TESTPMD_PROGRAMS: readonly string[] = ['dpdk-testpmd', 'stdbuf'];
/** For a test with a testpmd. */
export const TESTPMD_TIMEOUT_MS = 120_000;

export interface TestpmdOptions {
  /** Of `uvfio run`. Default: the machine of docs/dpdk.md. */
  readonly machine?: readonly string[];
  /** Of `uvfio run`, beside the machine. */
  readonly networks?: readonly string[];
  /** Of testpmd, behind `--`. */
  readonly testpmd?: readonly string[];
  /** Another user: what the command is preceded by, and uvfio where that user may read it. */
  readonly user?: { readonly wrapper: readonly string[]; readonly main: string };
}

export class Testpmd {
  /** Its own place for files, which others may use as well. */
  readonly folder = mkdtempSync(path.join(tmpdir(), 'uvfio-dpdk-'));
  readonly #child: ChildProcess;
  #output = '';
  #seen = 0;

  constructor(options: TestpmdOptions = {}) {
    const { machine = ['--machine', 'dpdk'], networks = [], testpmd = [], user } = options;
    chmodSync(this.folder, 0o777);
    const nets = networks.flatMap((network) => ['--net', network.replace('FOLDER', this.folder)]);
    const [file = '', ...args] = [
      ...(user?.wrapper ?? []),
      ...[process.execPath, user?.main ?? MAIN, 'run', ...machine, '--memlock', 'unlimited'],
      ...[...nets, '--', 'stdbuf', '-oL', 'dpdk-testpmd', ...EAL.split(' '), '--no-telemetry'],
      // Others may run at the same time.
      `--file-prefix=${path.basename(this.folder)}`,
      ...['--', '-i', '--total-num-mbufs=16384', ...testpmd],
    ];
    this.#child = spawn(file, args, {
      env: { ...process.env, XDG_RUNTIME_DIR: this.folder },
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

  /** Waits for the prompt. */
  async start(): Promise<this> {
    await this.hear(/testpmd> /);
    return this;
  }

  /** Gives a command and waits for an answer to it. */
  async say(command: string, answer = /testpmd> /): Promise<string> {
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

  /** Statistics of both ports, once they are as wanted. */
  async statistics(
    isWanted: (ports: readonly [PortStatistics, PortStatistics]) => boolean = () => true,
  ): Promise<readonly [PortStatistics, PortStatistics]> {
    const both = (text: string) => [countersOf(text, 0), countersOf(text, 1)] as const;
    const text = await this.until('show port stats all', STATISTICS, (answer) =>
      isWanted(both(answer)),
    );
    return both(text);
  }

  async linksAreUp(): Promise<void> {
    await this.until(
      'show port info all',
      /Infos for port 1.*Device error handling/s,
      (text) => (text.match(/Link status: up/g) ?? []).length === 2,
    );
  }

  async quit(): Promise<number | null> {
    this.#child.stdin?.end('quit\n');
    await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  /** Ends it if it has not ended, and removes its files. */
  remove(): void {
    this.#child.kill();
    rmSync(this.folder, { recursive: true });
  }
}

export interface PortStatistics {
  readonly rx: number;
  readonly rxBytes: number;
  readonly missed: number;
  readonly errors: number;
  readonly tx: number;
  readonly txBytes: number;
}

/** What `show port stats all` says of the last port, when it is there. */
const STATISTICS = /NIC statistics for port 1.*?Tx-pps/s;

function countersOf(text: string, port: number): PortStatistics {
  const part = text.slice(text.indexOf(`NIC statistics for port ${port}`));
  const value = (name: string): number => Number(new RegExp(`${name}: +(\\d+)`).exec(part)?.[1]);
  return {
    rx: value('RX-packets'),
    rxBytes: value('RX-bytes'),
    missed: value('RX-missed'),
    errors: value('RX-errors'),
    tx: value('TX-packets'),
    txBytes: value('TX-bytes'),
  };
}
