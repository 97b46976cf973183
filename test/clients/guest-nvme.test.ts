// Linux's own nvme driver, in a guest of QEMU that has uvfio's controller by vfio-pci.
import { describe, expect, test } from 'vitest';
import type { Guest } from '../../tools/guest/guest.js';
import {
  GUEST_TEST_TIMEOUT_MS,
  GuestFactory,
  type GuestOptions,
  requiresGuests,
} from '../guest/uvfio-guest.js';

const ADDRESS = '0000:01:00.0';
const DISK = '/dev/nvme0n1';

const LOAD_DRIVER = `modprobe nvme
  for i in $(seq 100); do [ -b ${DISK} ] && break; sleep 0.1; done; [ -b ${DISK} ]`;

const MAKE_FILE_SYSTEM = `set -e
  printf 'n\\np\\n1\\n\\n\\nw\\n' | fdisk ${DISK} > /dev/null
  mke2fs ${DISK}p1 > /dev/null
  mount -t ext4 ${DISK}p1 /mnt
  dd if=/dev/urandom of=/mnt/random bs=1M count=4 2> /dev/null
  sync
  sha256sum /mnt/random`;

const READ_FILE_SYSTEM = `set -e
  mount -t ext4 -o ro ${DISK}p1 /mnt
  sha256sum /mnt/random`;

requiresGuests(() => {
  const guests = new GuestFactory({ modules: ['nvme', 'ext4', 'crc32c_generic'] });

  /** Starts a guest that has the controller. @param image of the disk, a name @param flags of vfio-pci */
  async function withDisk(
    image: string,
    flags = '',
    others: Partial<GuestOptions> = {},
  ): Promise<Guest> {
    const file = `${guests.folder}/${image}`;
    return await guests.boot({
      devices: ['root-port,addr=0000:00:01.0', `nvme,addr=${ADDRESS},file=${file},size=64M`],
      kernelArgs: others.kernelArgs ?? [],
      qemu: ['-device', `vfio-pci,host=${ADDRESS},addr=3${flags}`, ...(others.qemu ?? [])],
    });
  }

  /** By name of the driver's interrupts: how many there were, and of what kind. */
  async function interrupts(guest: Guest): Promise<Map<string, { count: number; kind: string }>> {
    const lines = await guest.do("awk '/nvme/ { print $NF, $2, $3 }' /proc/interrupts");
    return new Map(
      lines.split('\n').map((line) => {
        const [name = '', count = '', kind = ''] = line.split(' ');
        return [name, { count: Number(count), kind }];
      }),
    );
  }

  describe("Linux finds the files that it wrote on uvfio's disk", () => {
    test.each([
      ['mapped', ''],
      ['trapped', ',x-no-mmap=on'],
    ])(
      'after a reboot of the guest, with %s registers and messages (MSI-X)',
      async (name, flags) => {
        const guest = await withDisk(`${name}.img`, flags);
        try {
          await guest.do(LOAD_DRIVER);
          const written = await guest.do(MAKE_FILE_SYSTEM);
          expect(written).toMatch(/^[0-9a-f]{64} /);
          const [admin, io] = (await interrupts(guest)).values();
          expect([admin?.kind, io?.kind]).toEqual(['PCI-MSI', 'PCI-MSI']);
          expect(Math.min(admin?.count ?? 0, io?.count ?? 0)).toBeGreaterThan(0);
          await guest.reboot();
          await guest.do(LOAD_DRIVER);
          expect(await guest.do(READ_FILE_SYSTEM)).toBe(written);
          expect(await guest.powerOff()).toEqual({ status: 0, signal: null, stderr: '' });
        } finally {
          await guest.kill();
        }
      },
      GUEST_TEST_TIMEOUT_MS,
    );

    test(
      'from another guest, when the first had no other interrupt than INTx',
      async () => {
        const first = await withDisk('intx.img', '', { kernelArgs: ['pci=nomsi'] });
        let written: string;
        try {
          await first.do(LOAD_DRIVER);
          written = await first.do(MAKE_FILE_SYSTEM);
          const [line] = (await interrupts(first)).values();
          expect(line).toMatchObject({ kind: 'IO-APIC' });
          expect(line?.count).toBeGreaterThan(0);
          expect(await first.powerOff()).toEqual({ status: 0, signal: null, stderr: '' });
        } finally {
          await first.kill();
        }
        const second = await withDisk('intx.img');
        try {
          await second.do(LOAD_DRIVER);
          expect(await second.do(READ_FILE_SYSTEM)).toBe(written);
        } finally {
          await second.kill();
        }
      },
      GUEST_TEST_TIMEOUT_MS,
    );
  });

  test(
    'two processors have a queue each, also after the controller was reset, and removed and found again',
    async () => {
      const guest = await withDisk('queues.img', '', { qemu: ['-smp', '2'] });
      const device = '/sys/bus/pci/devices/0000:00:03.0';
      const onBoth = (value: number): string =>
        `for cpu in 0 1; do
           yes ${value}$cpu | tr -d '\\n' | taskset -c $cpu dd of=${DISK} bs=64k count=8 seek=$((cpu * 8)) iflag=fullblock oflag=direct 2> /dev/null
         done
         for cpu in 1 0; do
           taskset -c $cpu dd if=${DISK} bs=64k count=8 skip=$((cpu * 8)) iflag=direct 2> /dev/null | head -c 2
         done`;
      try {
        await guest.do(LOAD_DRIVER);
        expect(await guest.do(onBoth(1))).toBe('1110');
        const queues = [...(await interrupts(guest)).keys()];
        expect(queues).toEqual(['nvme0q0', 'nvme0q1', 'nvme0q2']);
        await guest.do(`echo 1 > ${device}/reset`);
        expect(await guest.do(onBoth(2))).toBe('2120');
        await guest.do(`echo 1 > ${device}/remove; [ ! -e ${DISK} ]`);
        await guest.do(`echo 1 > /sys/bus/pci/rescan; ${LOAD_DRIVER}`);
        expect(await guest.do(onBoth(3))).toBe('3130');
        expect(await guest.do('dmesg | grep -iE "nvme.*(timeout|abort|error|fail)" || true')).toBe(
          '',
        );
      } finally {
        await guest.kill();
      }
    },
    GUEST_TEST_TIMEOUT_MS,
  );
});
