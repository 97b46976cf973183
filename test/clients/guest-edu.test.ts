// The edu device in a guest of QEMU, driven there by a small program: through registers that are mapped all the
// way, and through ones that QEMU reads and writes one by one.
import { expect, test } from 'vitest';
import { GUEST_TEST_TIMEOUT_MS, GuestFactory, requiresGuests } from '../guest/uvfio-guest.js';

const DEVICES = ['edu,addr=0000:00:03.0', 'edu,addr=0000:00:04.0'];
const MAPPED = '0000:00:03.0';
const TRAPPED = '0000:00:04.0';
const QEMU = [
  ...['-device', `vfio-pci,host=${MAPPED},addr=3`],
  ...['-device', `vfio-pci,host=${TRAPPED},addr=4,x-no-mmap=on`],
];

/** By address in the guest: how many seconds a register may take to show what was stored in it. */
const DELAY = { [MAPPED]: 20, [TRAPPED]: 0 };

const WORKED = [
  'registers: alive',
  'interrupts: 20 of 20',
  'factorial: 10! = 3628800',
  'DMA: 2048 bytes there and back',
].join('\n');

const bind = (device: string, driver: string): string =>
  `echo ${driver} > /sys/bus/pci/devices/${device}/driver_override
   echo ${device} > /sys/bus/pci/drivers_probe`;

requiresGuests(() => {
  const guests = new GuestFactory({
    modules: ['uio_pci_generic', 'vfio_pci', 'vfio_iommu_type1'],
    programs: ['edu'],
  });

  test(
    'with INTx, by uio_pci_generic',
    async () => {
      const guest = await guests.boot({ devices: DEVICES, qemu: QEMU });
      try {
        await guest.do('modprobe uio_pci_generic');
        for (const [device, seconds] of Object.entries(DELAY)) {
          await guest.do(bind(device, 'uio_pci_generic'));
          expect(await guest.do(`edu uio ${device} ${seconds}`)).toBe(WORKED);
          await guest.do(`echo ${device} > /sys/bus/pci/devices/${device}/driver/unbind`);
        }
      } finally {
        await guest.kill();
      }
    },
    GUEST_TEST_TIMEOUT_MS,
  );

  test(
    "with MSI and INTx, by the guest's own VFIO on an IOMMU that QEMU emulates",
    async () => {
      const guest = await guests.boot({
        devices: DEVICES,
        qemu: ['-device', 'intel-iommu,caching-mode=on,intremap=on', ...QEMU],
        kernelArgs: ['intel_iommu=on'],
      });
      try {
        await guest.do('modprobe vfio_pci; modprobe vfio_iommu_type1');
        for (const [device, seconds] of Object.entries(DELAY)) {
          await guest.do(bind(device, 'vfio-pci'));
          expect(await guest.do(`edu msi ${device} ${seconds}`)).toBe(WORKED);
          expect(await guest.do(`edu intx ${device} ${seconds}`)).toBe(WORKED);
        }
      } finally {
        await guest.kill();
      }
    },
    GUEST_TEST_TIMEOUT_MS,
  );
});
