// Linux's own igb driver, in a guest of QEMU that has two network cards of uvfio by vfio-pci, on one network.
// One is put into a network namespace of its own: what the two say to each other goes over uvfio's network.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readCapture } from '../../src/net/capture-reader.js';
import type { Guest } from '../../tools/guest/guest.js';
import { GUEST_TEST_TIMEOUT_MS, GuestFactory, requiresGuests } from '../guest/uvfio-guest.js';
import { memorySource } from '../net/memory-capture.js';

const [HERE, THERE] = ['0000:01:00.0', '0000:02:00.0'] as const;
const FILE_BYTES = 1024 * 1024;

/** Defines `there`, by which a command runs beside the other card. */
const CONFIGURE = `set -e
  modprobe igb
  until [ -e /sys/class/net/eth1 ]; do sleep 0.1; done
  unshare -n sleep 3600 &
  until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
  printf '#!/bin/sh\\nexec nsenter -n -t %s "$@"\\n' $! > /bin/there
  chmod +x /bin/there
  ip link set eth1 netns $!
  ip address add 10.0.0.1/24 dev eth0
  ip link set eth0 up
  there ip address add 10.0.0.2/24 dev eth1
  there ip link set eth1 up
  for i in $(seq 30); do ping -c 1 -W 1 10.0.0.2 > /dev/null && exit; done
  exit 1`;

const MOVE_A_FILE = `set -e
  dd if=/dev/urandom of=/tmp/sent bs=${FILE_BYTES} count=1 2> /dev/null
  there nc -l -p 5000 -e sh -c 'cat > /tmp/received' &
  until there netstat -lnt 2> /dev/null | grep -q :5000; do sleep 0.1; done
  nc 10.0.0.2 5000 < /tmp/sent
  wait $!
  sha256sum < /tmp/sent
  sha256sum < /tmp/received`;

/** Packets that the driver has counted, received and sent: a line for the card here, a line for the other. */
const COUNTERS = `for where in '' there; do
    $where awk '/eth/ { sub(".*:", ""); print $2, $10 }' /proc/net/dev
  done`;

/**
 * QEMU maps registers again when there was no INTx for 1.1 s. It complains if the driver has put the card
 * into D3hot by then, whose memory can't be reached.
 */
const CALM_DOWN = 'ip link set eth0 down; there ip link set eth1 down; sleep 2';

requiresGuests(() => {
  const guests = new GuestFactory({ modules: ['igb'] });

  /** Starts a guest with both cards. @param flags of vfio-pci */
  async function withCards(capture: string, flags: string, kernelArgs: string[]): Promise<Guest> {
    return await guests.boot({
      devices: [
        ...['root-port,addr=0000:00:01.0', 'root-port,addr=0000:00:02.0'],
        ...[HERE, THERE].map((address) => `igb,addr=${address},net=lan0`),
      ],
      networks: [`lan0,capture=${capture}`],
      qemu: [HERE, THERE].flatMap((address) => ['-device', `vfio-pci,host=${address}${flags}`]),
      // IPv6 talks when nobody asks it to.
      kernelArgs: ['ipv6.disable=1', ...kernelArgs],
    });
  }

  test.each([
    ['mapped', 'messages (MSI-X)', '', [], 'PCI-MSI'],
    ['trapped', 'messages (MSI-X)', ',x-no-mmap=on', [], 'PCI-MSI'],
    ['mapped', 'INTx', '', ['pci=nomsi'], 'IO-APIC'],
    ['trapped', 'INTx', ',x-no-mmap=on', ['pci=nomsi'], 'IO-APIC'],
  ])(
    'Linux pings itself and moves a file over two cards: %s registers, %s',
    async (registers, _, flags, kernelArgs, interrupts) => {
      const capture = `${guests.folder}/${registers}-${interrupts}.pcap`;
      const guest = await withCards(capture, flags, kernelArgs);
      try {
        await guest.do(CONFIGURE);
        expect(await guest.do('dmesg | grep Link')).toMatch(
          /eth0 NIC Link is Up 1000 Mbps Full Duplex/,
        );
        expect(await guest.do('ping -c 5 10.0.0.2')).toContain(
          '5 packets received, 0% packet loss',
        );
        const [sent, received] = (await guest.do(MOVE_A_FILE)).split('\n');
        expect(sent).toMatch(/^[0-9a-f]{64} /);
        expect(received).toBe(sent);
        const kinds = await guest.do("awk '/eth/ { print $3 }' /proc/interrupts");
        expect(new Set(kinds.split('\n'))).toEqual(new Set([interrupts]));
        const [here = '', there = ''] = (await guest.do(COUNTERS)).split('\n');
        const [receivedHere, sentHere] = here.split(' ').map(Number);
        const [receivedThere, sentThere] = there.split(' ').map(Number);
        expect([receivedHere, receivedThere]).toEqual([sentThere, sentHere]);
        expect(await guest.do("dmesg | grep -c 'timed out' || true")).toBe('0');
        await guest.do(CALM_DOWN);
        expect(await guest.powerOff()).toEqual({ status: 0, signal: null, stderr: '' });
        expect(framesIn(capture)).toBe((sentHere ?? 0) + (sentThere ?? 0));
      } finally {
        await guest.kill();
      }
    },
    GUEST_TEST_TIMEOUT_MS,
  );
});

function framesIn(capture: string): number {
  const reader = readCapture(memorySource(readFileSync(capture), 65_536));
  let count = 0;
  while (reader.next() !== undefined) count += 1;
  return count;
}
