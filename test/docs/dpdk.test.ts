// docs/dpdk.md and docs/igb.md: their commands do what they are for. Those of testpmd run until Ctrl-C.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { MAIN } from '../host/uvfio.js';
import { requires } from '../support/requirement.js';

const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-page-'));

afterAll(() => rmSync(folder, { recursive: true }));

function commandsOf(page: string): string[] {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  return [...text.matchAll(/^ {4}npx uvfio (.+)$/gm)].map(([, rest = '']) => rest);
}

/** Runs a command as the page has it. Those of testpmd get Ctrl-C when packets have been received. */
async function run(command: string): Promise<string> {
  const files = `--file-prefix=${path.basename(folder)}`;
  const asLinesCome = command.replace('dpdk-testpmd', `stdbuf -oL dpdk-testpmd ${files}`);
  const script = `exec '${process.execPath}' '${MAIN}' ${asLinesCome} 2>&1`;
  const child = spawn('sh', ['-c', script], {
    cwd: folder,
    // DPDK's runtime folder for users without privileges would be one for all users.
    env: { ...process.env, XDG_RUNTIME_DIR: folder },
    stdio: 'pipe',
    timeout: 80_000,
  });
  let output = '';
  child.stdout.on('data', (data: Buffer) => {
    const wasReceiving = RECEIVING.test(output);
    output += data.toString();
    if (!wasReceiving && RECEIVING.test(output)) child.kill('SIGINT');
  });
  await once(child, 'close');
  return output;
}

/** Packets that go to and fro, of which testpmd reads the counters of one port after those of the other. */
const UNDER_WAY = 64;

/** Statistics of a port that has received something. */
const RECEIVING = /RX-packets: [1-9]/;

requires(['dpdk-testpmd', 'dpdk-devbind.py', 'stdbuf', 'lspci'], () => {
  const [forwarding = '', queues = '', capture = '', status = ''] = commandsOf('dpdk.md');

  test.each([forwarding, queues])(
    'uvfio %s',
    async (command) => {
      const output = await run(command);
      expect(output).toContain('Bye...');
      const [, received = 0, sent = 0] =
        /Accumulated.*?RX-packets: (\d+).*?TX-packets: (\d+)/s.exec(output) ?? [];
      expect(Number(received)).toBeGreaterThan(0);
      expect(Math.abs(Number(received) - Number(sent))).toBeLessThanOrEqual(UNDER_WAY);
    },
    90_000,
  );

  test('the capture has what was received', async () => {
    expect(await run(capture)).toContain('RX-total: 32');
    expect(existsSync(path.join(folder, 'lan0.pcap'))).toBe(true);
  }, 90_000);

  test('dpdk-devbind.py shows both cards with vfio-pci', async () => {
    expect((await run(status)).match(/drv=vfio-pci/g)).toHaveLength(2);
  }, 60_000);

  test.each(commandsOf('igb.md'))(
    'uvfio %s',
    async (command) => {
      expect(await run(command)).toContain('8086:10c9');
    },
    60_000,
  );
});
