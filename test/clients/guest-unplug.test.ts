// A device that is to leave uvfio's machine while a guest of QEMU has it: VFIO asks QEMU, QEMU the guest.
import { expect, test } from 'vitest';
import { GUEST_TEST_TIMEOUT_MS, GuestFactory, requiresGuests } from '../guest/uvfio-guest.js';
import { uvfio } from '../host/uvfio.js';

const ADDRESS = '0000:01:00.0';

requiresGuests(() => {
  const guests = new GuestFactory({ modules: ['nvme'] });

  test(
    'the guest lets go of a controller that is unplugged, and goes on without it',
    async () => {
      const guest = await guests.boot({
        devices: ['root-port,addr=0000:00:01.0', `nvme,addr=${ADDRESS},size=64M`],
        // Only what is behind a port can be taken out of this machine while it runs.
        qemu: [
          ...['-device', 'pcie-root-port,id=hot,chassis=1,slot=1'],
          ...['-device', `vfio-pci,host=${ADDRESS},bus=hot`],
        ],
      });
      try {
        await guest.do(
          'modprobe nvme; until [ -b /dev/nvme0n1 ]; do sleep 0.1; done; ls /sys/bus/pci/devices/0000:01:00.0/nvme',
        );
        const { status, stdout } = await uvfio('unplug', '--machine-id', `${guest.pid}`, ADDRESS);
        expect([status, stdout]).toEqual([0, expect.stringContaining(`${ADDRESS}: unplugged`)]);
        const left = await guest.do(
          'ls /dev/nvme* /sys/bus/pci/devices/0000:01:* 2> /dev/null || true',
        );
        expect(left).toBe('');
        expect((await guest.powerOff()).status).toBe(0);
      } finally {
        await guest.kill();
      }
    },
    GUEST_TEST_TIMEOUT_MS,
  );
});
