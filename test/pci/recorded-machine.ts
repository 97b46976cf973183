// The machine of the recordings in conformance/linux, before anything of VFIO was loaded: PCI, and the
// ordinary drivers that had its devices.
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { deviceModels } from '../../src/devices/index.js';
import { Iommu } from '../../src/iommu/iommu.js';
import { Kernel } from '../../src/kernel/kernel.js';
import { readDescription } from '../../src/machine/description-text.js';
import { MachinePlan } from '../../src/machine/machine-plan.js';
import { pciDeviceId } from '../../src/pci/driver.js';
import { hostDriver } from '../../src/pci/drivers/host-driver.js';
import { pciStub } from '../../src/pci/drivers/pci-stub.js';
import { pciePort } from '../../src/pci/drivers/pcieport.js';
import { Pci } from '../../src/pci/pci.js';
import { readTar } from '../../tools/archive/tar.js';

const folder = new URL('../../conformance/linux/', import.meta.url);

/** The devices that were looked at, in the order they were. */
export const RECORDED_DEVICES = [
  '0000:00:03.0',
  '0000:00:04.0',
  '0000:01:00.0',
  '0000:03:01.0',
  '0000:03:02.0',
  '0000:04:00.0',
  '0000:05:00.0',
  '0000:00:07.0',
  '0000:00:07.1',
  '0000:00:05.0',
  '0000:02:00.0',
];

/** What is plugged in; drivers come later. */
export function recordedMachinePlan(): MachinePlan {
  const file = fileURLToPath(new URL('machine.yaml', folder));
  const { description } = readDescription(readFileSync(file, 'utf8'), 'machine.yaml');
  const devices = description.devices.map((device) => ({ ...device, driver: 'none' }));
  return new MachinePlan({ devices }, deviceModels);
}

/** The machine with its ordinary drivers, and nothing of VFIO. */
export function recordedMachine(): { readonly kernel: Kernel; readonly pci: Pci } {
  const kernel = new Kernel();
  const pci = new Pci(kernel, { iommu: new Iommu() });
  pci.populate(recordedMachinePlan().functions);
  pci.registerDriver(pciStub(kernel));
  pci.registerDriver(pciePort);
  addOrdinaryDrivers(kernel, pci);
  return { kernel, pci };
}

/** The drivers that devices had when nobody had asked for anything else. */
export function addOrdinaryDrivers(kernel: Kernel, pci: Pci): void {
  const directories = ['net'];
  const intel = [pciDeviceId(0x8086, 0x100e), pciDeviceId(0x8086, 0x100f)];
  pci.registerDriver(hostDriver(kernel, { name: 'e1000', ids: intel, directories }));
  const ids = [pciDeviceId(0x10ec, 0x8139)];
  const dmaMaskBits = 64;
  const realtek = { name: '8139cp', ids, directories, dmaMaskBits, cacheLineSize: 16 };
  pci.registerDriver(hostDriver(kernel, realtek));
  const pools =
    'poolinfo - 0.1\nprp list 256        0    0  256  0\nprp list page       0    0 4096  0\n';
  pci.registerDriver(
    hostDriver(kernel, {
      name: 'nvme',
      ids: [pciDeviceId(0x1b36, 0x0010)],
      dmaMaskBits,
      interrupts: { kind: 'msix', count: 2 },
      directories: ['nvme'],
      attributes: { pools },
    }),
  );
}

/** The lines of one listing of `sysfs.txt`, by its number. */
export function recordedListing(number: number): string[] {
  const files = readTar(fileURLToPath(new URL('recordings.tar.gz', folder)));
  const text = files.get('recordings/sysfs.txt')?.toString('utf8') ?? '';
  const section = text.split(/^########.*$/m)[number] ?? '';
  return section.split('\n').filter((line) => line !== '');
}
