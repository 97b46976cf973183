// DPDK's own test program and driver (net_e1000_igb) on two of uvfio's 82576 with a cable between them.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ALICE, asUser, commandForAll, requiresOtherUsers } from '../support/other-user.js';
import { requires } from '../support/requirement.js';
import {
  type PortStatistics,
  Testpmd,
  TESTPMD_PROGRAMS,
  TESTPMD_TIMEOUT_MS,
  type TestpmdOptions,
} from './testpmd.js';

let testpmd: Testpmd | undefined;

afterEach(() => {
  testpmd?.remove();
  testpmd = undefined;
});

async function start(options?: TestpmdOptions): Promise<Testpmd> {
  testpmd = new Testpmd(options);
  return await testpmd.start();
}

/** What `stop` sums up of both ports. */
function sums(text: string): { rx: number; tx: number } {
  const all = text.slice(text.indexOf('Accumulated forward statistics'));
  const match = /RX-packets: (\d+).*?TX-packets: (\d+)/s.exec(all);
  return { rx: Number(match?.[1]), tx: Number(match?.[2]) };
}

/** Lines that a program of the capture's kind writes about it. */
function linesOf(program: string, ...args: string[]): string[] {
  return execFileSync(program, args, {
    encoding: 'utf8',
    stdio: 'pipe',
    maxBuffer: 2 ** 28,
  })
    .trimEnd()
    .split('\n');
}

/** Both ports send a burst, and count what was sent and received; so does the capture. */
async function countPackets(options: TestpmdOptions): Promise<void> {
  const pmd = await start({ ...options, networks: ['lan0,capture=FOLDER/lan0.pcap'] });
  await pmd.linksAreUp();
  await pmd.say('set fwd rxonly', /Set rxonly/);
  await pmd.say('start tx_first 4', /rxonly packet forwarding/);
  const statistics = await pmd.statistics((ports) => ports.every(({ rx }) => rx === 128));
  const sent = { rx: 128, rxBytes: 128 * 64, missed: 0, errors: 0, tx: 128, txBytes: 128 * 64 };
  expect(statistics).toEqual([sent, sent]);
  const extended = await pmd.say('show port xstats 1', /interrupt_assert_count/);
  for (const direction of ['rx', 'tx']) {
    // 64 bytes, and the CRC, which counts for the length.
    expect(extended).toContain(`${direction}_size_65_to_127_packets: 128\n`);
    expect(extended).toContain(`${direction}_total_packets: 128\n`);
  }
  expect(sums(await pmd.say('stop', /Done\./))).toEqual({ rx: 256, tx: 256 });
  expect(await pmd.quit()).toBe(0);
  expect(linesOf('tcpdump', '-nr', path.join(pmd.folder, 'lan0.pcap'))).toHaveLength(256);
}

requires([...TESTPMD_PROGRAMS, 'tcpdump', 'tshark'], () => {
  test(
    'links come up; both ports count every packet, and the capture has them all',
    async () => {
      await countPackets({});
    },
    TESTPMD_TIMEOUT_MS,
  );

  requiresOtherUsers(() => {
    test(
      'for a user without privileges as well',
      async () => {
        await countPackets({ user: { wrapper: asUser(ALICE), main: commandForAll() } });
      },
      TESTPMD_TIMEOUT_MS,
    );
  });

  test.each([
    ['io', 60],
    ['macswap', 1514],
    ['txonly', 60],
    ['5tswap', 300],
  ])(
    'forwarding by %s, %i bytes: the capture has what ports have sent, and what they got or missed',
    async (mode, bytes) => {
      const pmd = await start({ networks: ['lan0,capture=FOLDER/lan0.pcapng'] });
      await pmd.linksAreUp();
      await pmd.say(`set txpkts ${bytes}`);
      await pmd.say(`set fwd ${mode}`, /Set \w+ packet/);
      await pmd.say(mode === 'txonly' ? 'start' : 'start tx_first 8');
      await pmd.statistics((ports) => ports.every(({ tx }) => tx > 5000));
      await pmd.say('stop', /Done\./);
      const agrees = ([a, b]: readonly PortStatistics[]): boolean =>
        a?.tx === (b?.rx ?? 0) + (b?.missed ?? 0) && b?.tx === (a?.rx ?? 0) + (a?.missed ?? 0);
      const [a, b] = await pmd.statistics(agrees);
      expect([a.errors, b.errors]).toEqual([0, 0]);
      expect([a.txBytes, b.txBytes]).toEqual([bytes * a.tx, bytes * b.tx]);
      expect(await pmd.quit()).toBe(0);
      const capture = path.join(pmd.folder, 'lan0.pcapng');
      const ports = linesOf('tshark', '-r', capture, '-T', 'fields', '-e', 'frame.interface_name');
      const sentBy = (port: string): number => ports.filter((name) => name === port).length;
      expect([sentBy('0000:01:00.0'), sentBy('0000:02:00.0')]).toEqual([a.tx, b.tx]);
    },
    TESTPMD_TIMEOUT_MS,
  );

  test(
    'flows are spread over two queues; ports start, stop and close again and again',
    async () => {
      const pmd = await start();
      await pmd.say('port stop all', /Done\n/);
      await pmd.say('port config all rxq 2', /testpmd> /);
      await pmd.say('port config all txq 2', /testpmd> /);
      await pmd.say('set fwd flowgen', /Set flowgen/);
      for (let round = 0; round < 3; round++) {
        await pmd.say('port start all', /Done\n/);
        await pmd.linksAreUp();
        await pmd.say('start', /flowgen packet forwarding/);
        await pmd.statistics(([port]) => port.rx > 5000);
        const text = await pmd.say('stop', /Done\./);
        const queues = [...text.matchAll(/RX Port= 0\/Queue= (\d).*\n +RX-packets: (\d+)/g)];
        const busy = queues.filter(([, , packets]) => Number(packets) > 100);
        expect(busy.map(([, queue]) => queue)).toEqual(['0', '1']);
        await pmd.say('port stop all', /Done\n/);
      }
      await pmd.say('port close all', /Port 1 is closed/);
      expect(await pmd.quit()).toBe(0);
    },
    TESTPMD_TIMEOUT_MS,
  );
});
