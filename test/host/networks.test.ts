// Networks of `uvfio run` and what they reach: captures that tcpdump reads, sockets, TAP devices.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { pcap } from '../net/pcap-file.js';
import { frameOf } from '../net/station.js';
import { ALICE, asUser, commandForAll, requiresOtherUsers } from '../support/other-user.js';
import { requires } from '../support/requirement.js';
import { mayMakeTap } from '../support/tap.js';
import { type Ended, MAIN, start, startUvfio, uvfio } from './uvfio.js';

const FRAMES = 20;
const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-networks-'));
chmodSync(folder, 0o777);
const file = (name: string): string => path.join(folder, name);

/** Replayed by the tests: 20 frames, a millisecond apart. */
const INPUT = file('in.pcap');
const sent = Array.from({ length: FRAMES }, (_, i) => frameOf(255, 9, `frame ${i}`));
writeFileSync(INPUT, pcap(sent.map((bytes, i) => ({ at: [1000, i * 1000], bytes }))));

afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a script beside networks, with no other device than those on them. */
async function beside(networks: readonly string[], script: string): Promise<Ended> {
  return await uvfio(...arguments_(networks, script));
}

function arguments_(networks: readonly string[], script: string): string[] {
  const nets = networks.flatMap((network) => ['--net', network]);
  return ['run', '--verbose', '--machine', 'empty', ...nets, '--', 'sh', '-c', script];
}

/** A script that waits until a capture has so many bytes: `pcap` has 24, and 16 for each frame, which is padded. */
const untilBytes = (name: string, bytes: number): string =>
  `until [ "$(stat -c %s '${name}')" -ge ${bytes} ]; do sleep 0.05; done`;
const framesBytes = (copies: number): number =>
  24 + copies * sent.reduce((sum, { length }) => sum + 16 + Math.max(60, length), 0);

/** The frames' payloads as tcpdump reads them. */
function readByTcpdump(name: string): string[] {
  const output = execFileSync('tcpdump', ['-nnXr', name], { encoding: 'latin1', stdio: 'pipe' });
  return [...output.matchAll(/frame\.(\d+)/g)].map(([, number]) => `frame ${number}`);
}

/** What a capture has in which each frame comes back. */
const twice = sent.flatMap((_, i) => [`frame ${i}`, `frame ${i}`]).toSorted();

requires('tcpdump', () => {
  test('a capture is read by tcpdump, also while it is written', async () => {
    const capture = file('live.pcap');
    const script = `${untilBytes(capture, framesBytes(2))}; tcpdump --count -r ${capture} 2> /dev/null`;
    const networks = [`lan0,replay=${INPUT},loopback=yes,capture=${capture}`];
    const { stdout } = await beside(networks, script);
    expect(stdout.trim()).toBe(`${FRAMES * 2} packets`);
    // Every frame twice: as it was replayed, and as it came back.
    expect(readByTcpdump(capture).toSorted()).toEqual(twice);
  });

  test('a socket joins networks of two machines, whichever is started first', async () => {
    const [socket, here, there] = [file('join.sock'), file('here.pcap'), file('there.pcap')];
    const connecting = startUvfio(
      arguments_([`far,connect=${socket},loopback=yes,capture=${there}`], 'echo up; sleep 15'),
    );
    await connecting.until('up');
    const networks = [`lan0,listen=${socket},replay=${INPUT},pace=fast,capture=${here}`];
    const { stderr } = await beside(networks, untilBytes(here, framesBytes(2)));
    connecting.process.kill('SIGTERM');
    await connecting.ended;
    expect(stderr).toContain(`lan0:listen=${socket}: ${FRAMES} frames sent, ${FRAMES} received`);
    for (const capture of [here, there]) {
      expect(readByTcpdump(capture).toSorted()).toEqual(twice);
    }
  });

  requires('qemu-system-x86_64', () => {
    test("QEMU's `-netdev stream` takes and gives frames", async () => {
      const [first, second, capture] = [file('a.sock'), file('b.sock'), file('qemu.pcap')];
      const end = (id: string, socket: string): string =>
        `-netdev stream,id=${id},server=off,addr.type=unix,addr.path=${socket} ` +
        `-netdev hubport,id=hub-${id},hubid=0,netdev=${id}`;
      const script = `qemu-system-x86_64 -machine none -nodefaults -display none \
        ${end('a', first)} ${end('b', second)} &
        ${untilBytes(capture, framesBytes(2))}; kill $!`;
      await beside(
        [
          `lan0,listen=${first},replay=${INPUT}`,
          `lan1,listen=${second},loopback=yes,capture=${capture}`,
        ],
        script,
      );
      expect(readByTcpdump(capture).toSorted()).toEqual(twice);
    });
  });
});

requires('tshark', () => {
  test('a capture in pcapng tells tshark which port sent a frame', async () => {
    const PACKET_BLOCK_BYTES = 92;
    const capture = file('ports.pcapng');
    await beside(
      [`lan0,replay=${INPUT},pace=fast,loopback=yes,capture=${capture}`],
      untilBytes(capture, 2 * FRAMES * PACKET_BLOCK_BYTES),
    );
    const names = execFileSync(
      'tshark',
      ['-r', capture, '-T', 'fields', '-e', 'frame.interface_name'],
      { encoding: 'utf8', stdio: 'pipe' },
    );
    const lines = names.trim().split('\n');
    expect(lines.filter((name) => name === 'lan0:loopback')).toHaveLength(FRAMES);
    expect(lines.filter((name) => name === `lan0:replay=${INPUT}`)).toHaveLength(FRAMES);
  });
});

describe('a capture that can not be written', () => {
  test('from the beginning is refused, with what to do about it', async () => {
    const { status, stderr } = await beside(
      [`lan0,replay=${INPUT},loopback=yes,capture=${file('no/such/x.pcap')}`],
      'true',
    );
    expect(status).toBe(125);
    expect(stderr).toContain(
      `capture: ${file('no/such/x.pcap')}: there is no such folder: take a file that you may write to`,
    );
  });

  test('any more ends with a whole frame; the machine goes on, and counts what is missing', async () => {
    const capture = file('full.pcap');
    const networks = `lan0,replay=${INPUT},loopback=yes,capture=${capture}`;
    // A limit of one block of 512 bytes, which the process that writes gets.
    const limited = arguments_([networks], 'sleep 1; echo went on').map((word) => `'${word}'`);
    const { stdout, stderr } = await start([
      'sh',
      '-c',
      `ulimit -f 1; exec '${process.execPath}' '${MAIN}' ${limited.join(' ')}`,
    ]).ended;
    expect(stdout).toBe('went on\n');
    expect(stderr).toContain(`notice: network lan0: capture ${capture}: too large`);
    const [, kept, missing] = /has (\d+) frames; (\d+) are missing/.exec(stderr) ?? [];
    expect(Number(kept) + Number(missing)).toBe(2 * FRAMES);
    expect(statSync(capture).size).toBe(framesBytes(0));
  });
});

describe('a TAP device', () => {
  requiresOtherUsers(() => {
    test('that the user may not have is refused, with what root has to do', async () => {
      const device = `t${process.pid}`;
      const args = ['run', '-m', 'empty', '-n', `lan0,tap=${device},loopback=yes`, '--', 'true'];
      const command = [...asUser(ALICE), process.execPath, commandForAll(), ...args];
      const { status, stderr } = await start(command).ended;
      expect(status).toBe(125);
      expect(stderr).toMatch(
        /tap: .*: (permission denied|not permitted|.*no \/dev\/net\/tun).*root/,
      );
    });
  });

  test.runIf(mayMakeTap())("is a station on the network with the host's own stack", async () => {
    const [device, capture] = [`t${process.pid}`, file('tap.pcap')];
    const script = `ip address add 198.51.100.1/24 dev ${device}; ip link set ${device} up
      ip neighbour replace 198.51.100.2 lladdr 02:00:00:00:00:02 dev ${device}
      busybox ping -c 1 -W 1 198.51.100.2 > /dev/null
      until [ "$(cat /sys/class/net/${device}/statistics/rx_packets)" -gt 0 ]; do sleep 0.05; done`;
    const { status, stderr } = await beside(
      [`lan0,tap=${device},loopback=yes,capture=${capture}`],
      script,
    );
    expect([status, stderr]).toEqual([0, expect.stringMatching(/:tap=\w+: \d+ frames sent/)]);
    const output = execFileSync('tcpdump', ['-nnr', capture, 'icmp'], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    expect(output).toContain('198.51.100.1 > 198.51.100.2: ICMP echo request');
  });
});
