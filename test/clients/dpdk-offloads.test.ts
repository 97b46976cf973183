// What testpmd leaves to the controller: checksums, segmentation and VLAN tags, as Wireshark finds them on the wire.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { pcap } from '../net/pcap-file.js';
import { requires } from '../support/requirement.js';
import { Testpmd, TESTPMD_PROGRAMS, TESTPMD_TIMEOUT_MS } from './testpmd.js';

const folder = mkdtempSync(path.join(tmpdir(), 'uvfio-offloads-'));
const INPUT = path.join(folder, 'in.pcap');

afterAll(() => rmSync(folder, { recursive: true }));

const PACKETS = 20;
const PAYLOAD = 1400;
const SEGMENT = 400;

/** A frame of TCP over IPv4 with nothing in its checksums: they are left to whoever sends it on. */
function tcpFrame(number: number): Uint8Array {
  const frame = new Uint8Array(14 + 20 + 20 + PAYLOAD);
  const view = new DataView(frame.buffer);
  frame.set([0x52, 0x54, 0, 0, 1, 0, 2, 0, 0, 0, 0, 9, 0x08, 0x00, 0x45, 0], 0);
  view.setUint16(16, 40 + PAYLOAD);
  view.setUint16(18, number);
  frame.set([64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], 22);
  view.setUint16(34, 1000 + number);
  view.setUint16(36, 80);
  view.setUint32(38, 5000);
  frame.set([0x50, 0x18, 2, 0], 46);
  frame.set(payloadOf(number), 54);
  return frame;
}

function payloadOf(number: number): Uint8Array {
  return Uint8Array.from({ length: PAYLOAD }, (_, index) => index * 7 + number);
}

/** Fields that Wireshark finds in a capture: a line a frame. */
function fieldsOf(capture: string, fields: readonly string[]): string[][] {
  const checks = ['ip', 'tcp'].flatMap((layer) => ['-o', `${layer}.check_checksum:TRUE`]);
  const wanted = fields.flatMap((field) => ['-e', field]);
  const args = ['-r', capture, ...checks, '-T', 'fields', ...wanted];
  const output = execFileSync('tshark', args, { encoding: 'utf8', stdio: 'pipe' });
  return output
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

requires([...TESTPMD_PROGRAMS, 'tshark'], () => {
  test(
    'large packets go out as segments with the right checksums, which together are the data',
    async () => {
      const frames = Array.from({ length: PACKETS }, (_, number) => tcpFrame(number));
      writeFileSync(INPUT, pcap(frames.map((bytes) => ({ at: [0, 0], bytes }))));
      const ports = ['1', '2'].map((slot) => `root-port,addr=0000:00:0${slot}.0`);
      const cards = ['in', 'out'].map(
        (net, index) => `igb,addr=0000:0${index + 1}:00.0,net=${net}`,
      );
      const machine = [...ports, ...cards].flatMap((device) => ['--device', device]);
      const pmd = new Testpmd({
        machine: ['--machine', 'empty', ...machine],
        networks: [`in,replay=${INPUT}`, 'out,capture=FOLDER/out.pcap'],
        testpmd: ['--no-flush-rx', '--disable-device-start'],
      });
      try {
        await pmd.start();
        await pmd.say('csum set ip hw 1');
        await pmd.say('csum set tcp hw 1', /TCP checksum offload is hw/);
        await pmd.say(`tso set ${SEGMENT} 1`, /TSO segment size .* is 400/);
        await pmd.say('set fwd csum', /Set csum/);
        await pmd.say('port start all', /Done\n/);
        await pmd.say('start', /csum packet forwarding/);
        const segments = PACKETS * Math.ceil(PAYLOAD / SEGMENT);
        await pmd.statistics(([, out]) => out.tx === segments);
        expect(await pmd.quit()).toBe(0);
        const capture = path.join(pmd.folder, 'out.pcap');
        const status = fieldsOf(capture, ['ip.checksum.status', 'tcp.checksum.status']);
        expect(status).toEqual(Array.from({ length: segments }, () => ['1', '1']));
        const data = fieldsOf(capture, ['tcp.srcport', 'tcp.seq_raw', 'tcp.payload']);
        for (let number = 0; number < PACKETS; number++) {
          const own = data.filter(([port]) => port === String(1000 + number));
          expect(own.map(([, sequence]) => sequence)).toEqual(['5000', '5400', '5800', '6200']);
          const payload = own.map(([, , hex]) => hex).join('');
          expect(payload).toBe(Buffer.from(payloadOf(number)).toString('hex'));
        }
      } finally {
        pmd.remove();
      }
    },
    TESTPMD_TIMEOUT_MS,
  );

  test(
    'VLAN tags are inserted by one port, and stripped by the other',
    async () => {
      const pmd = new Testpmd({
        networks: ['lan0,capture=FOLDER/lan0.pcap'],
        testpmd: ['--disable-device-start'],
      });
      try {
        await pmd.start();
        await pmd.say('tx_vlan set 0 5');
        await pmd.say('vlan set strip on 1');
        await pmd.say('set txpkts 100');
        await pmd.say('port start all', /Done\n/);
        await pmd.linksAreUp();
        await pmd.say('set verbose 1');
        await pmd.say('set fwd rxonly', /Set rxonly/);
        // What port 1 has received: without its tag, which the descriptor has.
        await pmd.say('start tx_first', /length=100 .*VLAN tci=0x5/);
        await pmd.statistics((ports) => ports.every(({ rx }) => rx === 32));
        await pmd.say('stop', /Done\./);
        expect(await pmd.quit()).toBe(0);
        const frames = fieldsOf(path.join(pmd.folder, 'lan0.pcap'), ['vlan.id', 'frame.len']);
        const kinds = new Set(frames.map((fields) => fields.join(' ')));
        expect([...kinds].toSorted()).toEqual([' 100', '5 104']);
      } finally {
        pmd.remove();
      }
    },
    TESTPMD_TIMEOUT_MS,
  );
});
