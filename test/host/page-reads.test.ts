// Pages of shared memory that programs touch, and programs that are kept waiting between two loads.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { countFaults, FaultingThreads } from '../../src/host/faulting-threads.js';
import { DeviceMemory } from '../../src/host/device-memory.unsafe.js';
import { requires } from '../support/requirement.js';
import { describeNative } from './native/platform-condition.js';

const PAGE = 0x1000;
const PAGES = 3;
/** Words of its three pages, as a program asks for them by number. Or it does something else. */
const PROGRAM = `
import mmap, os, signal, struct, sys
memory = mmap.mmap(os.open(sys.argv[1], os.O_RDWR), ${PAGES * PAGE})
print('ready', flush=True)
for line in sys.stdin:
    if line == 'stop\\n': os.kill(os.getpid(), signal.SIGSTOP)
    elif line == 'spin\\n':
        print('spins', flush=True)
        while True: pass
    else: print(*struct.unpack_from('<I', memory, int(line)), flush=True)
`;

/** A program that has mapped memory, which is watched for being read. */
class Program {
  readonly bytes: Uint8Array;
  readonly memory: DeviceMemory;
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  private constructor(folder: string) {
    this.memory = new DeviceMemory(folder, 'memory');
    this.bytes = this.memory.map(0, PAGES * PAGE);
    this.bytes.fill(1);
    const args = ['-c', PROGRAM, path.join(folder, 'memory')];
    this.#child = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#answers = answers(this.#child);
    onTestFinished(() => {
      this.#child.kill('SIGKILL');
    });
  }

  static async start(): Promise<Program> {
    const folder = mkdtempSync('/dev/shm/uvfio-test-');
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const program = new Program(folder);
    await program.hear();
    program.memory.mappedBy(program.pid);
    return program;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isStopped(): boolean {
    return readFileSync(`/proc/${this.pid}/stat`, 'latin1').includes(') T ');
  }

  async hear(): Promise<string> {
    const { value } = await this.#answers.next();
    return value ?? '';
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  async load(offset: number): Promise<number> {
    this.say(String(offset));
    return Number(await this.hear());
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

async function* answers(child: ChildProcess): AsyncGenerator<string, undefined> {
  for await (const text of child.stdout ?? []) yield* String(text).trim().split('\n');
  return undefined;
}

/** Any of its threads may have touched something. */
const threadsOf = ({ pid }: Program): FaultingThreads => new FaultingThreads([pid], undefined);

async function until(isTrue: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error('never');
    await sleep(5);
  }
}

describeNative('pages that programs read', () => {
  requires('python3', () => {
    test('a load from the page is seen, one from its neighbours is not', async () => {
      const program = await Program.start();
      const detector = program.memory.watchReads(PAGE);
      await program.load(0);
      detector.renew();
      program.bytes[PAGE] = 7;
      await program.load(0);
      await program.load(2 * PAGE);
      expect(detector.isTouched).toBe(false);
      expect(await program.load(PAGE)).toBe(7);
      expect(detector.isTouched).toBe(true);
      detector.renew();
      expect(detector.isTouched).toBe(false);
      expect(await program.load(PAGE)).toBe(0);
      expect(detector.isTouched).toBe(true);
    });

    test('who waits for something else is through with reading', async () => {
      const program = await Program.start();
      await program.load(PAGE);
      await until(() => threadsOf(program).haveGotOn);
    });

    test('who was stopped in the middle is not, before it has gone on', async () => {
      const program = await Program.start();
      program.say('stop');
      await until(() => program.isStopped);
      const threads = threadsOf(program);
      await sleep(20);
      expect(threads.haveGotOn).toBe(false);
      program.signal('SIGCONT');
      await until(() => threads.haveGotOn);
    });

    // A computer that takes pages back from idle programs makes faults of its own now and then.
    test('who has touched nothing need not go on', { retry: 3 }, async () => {
      const program = await Program.start();
      const stop = async (): Promise<void> => {
        program.say('stop');
        await until(() => program.isStopped);
      };
      // Once, so that it has all it needs for that in memory.
      await stop();
      program.signal('SIGCONT');
      await program.load(PAGE);
      const faults = countFaults([program.pid]);
      await stop();
      expect(new FaultingThreads([program.pid], faults).haveGotOn).toBe(true);
      program.signal('SIGCONT');
      program.memory.watchReads(PAGE).renew();
      await program.load(PAGE);
      await stop();
      expect(new FaultingThreads([program.pid], faults).haveGotOn).toBe(false);
    });

    test('who runs without end is through after a while', async () => {
      const program = await Program.start();
      program.say('spin');
      await program.hear();
      const threads = threadsOf(program);
      await until(() => threads.haveGotOn);
      const later = threadsOf(program);
      program.signal('SIGKILL');
      await until(() => later.haveGotOn);
    });
  });
});
