// The sysfs tree of the recorded machine while its devices are bound to vfio-pci, and while some are open.
import { beforeAll, describe, expect, it } from 'vitest';
import { Machine } from '../../src/machine.js';
import { bindToVfio, openRecordedDevices } from './recorded-users.js';
import { listTree } from './sysfs-listing.js';
import { RECORDED_DEVICES, recordedListing, recordedMachinePlan } from './recorded-machine.js';

// Linux 6.1 has a device of its own for each VFIO device; the core of v0.3 has not.
const VFIO_DEV = /\/vfio-dev[ /]|\/sys\/class\/vfio-dev/;
// The e1000 driver lets its device in a slot wake the system; no driver here does.
const WAKEUP = /0000:03:01\.0\/(power\/wakeup|wakeup[ /])/;
// The major of VFIO groups is the next dynamic one: how many there were before is the machine's history.
const MAJOR = /\b24\d:(?=\d)|MAJOR=24\d/;

function below(listing: readonly string[], path: string): string[] {
  return listing
    .filter((line) => line.startsWith(`${path} `) || line.startsWith(`${path}/`))
    .filter((line) => !VFIO_DEV.test(line) && !WAKEUP.test(line))
    .map((line) => line.replace(MAJOR, '*'));
}

describe('bound to vfio-pci', () => {
  const recorded = recordedListing(3);
  let machine: Machine;

  beforeAll(async () => {
    machine = new Machine(recordedMachinePlan());
    await bindToVfio(machine);
  });

  it.each(RECORDED_DEVICES)('%s is as recorded', (name) => {
    const path = `/sys/bus/pci/devices/${name}`;
    expect(below(listTree(machine.kernel, [path]), path)).toEqual(below(recorded, path));
  });

  it.each([
    '/sys/bus/pci/drivers/vfio-pci',
    '/sys/kernel/iommu_groups',
    '/sys/class/vfio',
    '/sys/devices/virtual/vfio',
    '/sys/devices/virtual/misc/vfio',
    '/sys/module/vfio_pci/parameters',
    '/sys/module/vfio_iommu_type1/parameters',
    '/sys/module/vfio_pci/drivers',
    '/dev/vfio',
  ])('%s is as recorded', (path) => {
    expect(below(listTree(machine.kernel, [path]), path)).toEqual(below(recorded, path));
  });
});

describe('open, with bus mastering and interrupts', () => {
  const changes = recordedListing(4).filter((line) => line.startsWith('+/sys/bus/pci/devices/'));
  let listing: Set<string>;

  beforeAll(async () => {
    const machine = new Machine(recordedMachinePlan());
    await bindToVfio(machine);
    openRecordedDevices(machine);
    const paths = RECORDED_DEVICES.map((name) => `/sys/bus/pci/devices/${name}`);
    listing = new Set(listTree(machine.kernel, paths));
  });

  it.each(changes.map((line) => [line.slice(1, 100), line.slice(1)]))('%s', (_name, line) => {
    expect(
      [...listing].filter((own) => own.startsWith(line.slice(0, line.indexOf(' ')))),
    ).toContain(line);
  });
});
