// The sysfs tree of the recorded machine, file by file as the real kernel showed it.
import { describe, expect, it } from 'vitest';
import { listTree } from './sysfs-listing.js';
import { RECORDED_DEVICES, recordedListing, recordedMachine } from './recorded-machine.js';

const { kernel } = recordedMachine();
const recorded = recordedListing(1);

/** What of the recording is below a path. */
function below(path: string): string[] {
  return recorded
    .filter((line) => line.startsWith(`${path} `) || line.startsWith(`${path}/`))
    .filter((line) => !WAKEUP_SOURCE.test(line))
    .map((line) => line.replace(...WAKEUP_ENABLED).replace(...WAKEUP_ACTIVE));
}

// The e1000 driver lets its device in a slot wake the system; host drivers here do nothing of the kind.
const WAKEUP_SOURCE = /0000:03:01\.0\/wakeup[ /]/;
const WAKEUP_ENABLED = [/(0000:03:01\.0\/power\/wakeup f 0644) "enabled/, '$1 "disabled'] as const;
const WAKEUP_ACTIVE = [/(0000:03:01\.0\/power\/wakeup_active f 0444) "0/, '$1 "'] as const;

describe('the tree of PCI, with ordinary drivers', () => {
  it.each(RECORDED_DEVICES)('%s has every file with its mode, content and link target', (name) => {
    const path = `/sys/bus/pci/devices/${name}`;
    expect(listTree(kernel, [path])).toEqual(below(path));
  });

  it.each(['/sys/bus/pci/drivers/pci-stub', '/sys/kernel/iommu_groups', '/sys/class/iommu'])(
    '%s is as recorded',
    (path) => {
      expect(listTree(kernel, [path])).toEqual(below(path));
    },
  );

  it('/sys/devices/virtual/iommu is as recorded', () => {
    const path = '/sys/devices/virtual/iommu';
    expect(listTree(kernel, [path])).toEqual(below(path));
  });
});
