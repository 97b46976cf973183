// Shell scripts find their way: loops over sysfs, lists, links, `..`.

import { describe, expect, test } from 'vitest';
import { inShell } from '../host/uvfio.js';

/** What a command prints, in lines. */
async function lines(command: string): Promise<string[]> {
  const { stdout, stderr } = await inShell(command);
  expect(stderr).toBe('');
  return stdout.trimEnd().split('\n');
}

describe('a loop over sysfs', () => {
  test('says of each device who it is, its group and its driver', async () => {
    const script = `for device in /sys/bus/pci/devices/*; do
      read vendor < $device/vendor; read id < $device/device
      group=$(basename $(readlink $device/iommu_group))
      driver=none; if [ -e $device/driver ]; then driver=$(basename $(realpath $device/driver)); fi
      echo "$\{device##*/} $vendor:$id $group $driver"
    done`;
    expect(await lines(script)).toEqual([
      '0000:00:03.0 0x1234:0x11e8 0 vfio-pci',
      '0000:00:04.0 0x8086:0x100e 1 vfio-pci',
      '0000:00:1e.0 0x1b36:0x000e 2 none',
      '0000:01:01.0 0x8086:0x100e 2 vfio-pci',
      '0000:01:02.0 0x10ec:0x8139 2 vfio-pci',
    ]);
  });

  test('unbinds all devices of a group', async () => {
    const script = `for device in /sys/kernel/iommu_groups/2/devices/*; do
      if [ -e $device/driver ]; then echo $\{device##*/} > $device/driver/unbind; fi
    done; ls /dev/vfio`;
    expect(await lines(script)).toEqual(['0', '1', 'vfio']);
  });
});

describe('lists', () => {
  test('of directories that the computer has too contain what the machine has', async () => {
    expect(await lines('ls /sys/module | grep -x vfio_pci')).toEqual(['vfio_pci']);
    expect(await lines('cd /sys/class && ls | grep -x -e vfio -e iommu')).toEqual([
      'iommu',
      'vfio',
    ]);
    expect(await lines('ls / /dev /sys /sys/kernel | grep -x -e vfio -e iommu_groups')).toEqual([
      'vfio',
      'iommu_groups',
    ]);
  });

  test('of such directories contain it once, and again when read from the beginning', async () => {
    const script = `import os
names = os.listdir('/sys/module')
fd = os.open('/sys/module', os.O_RDONLY)
again = [os.listdir(fd), os.listdir(fd)]
print(names.count('vfio'), len(names) == len(set(names)), all(sorted(n) == sorted(names) for n in again))`;
    expect(await lines(`python3 -c "${script}"`)).toEqual(['1 True True']);
  });

  test('do not show PCI devices of the computer', async () => {
    expect(await lines('ls -d /sys/devices/pci*; ls /sys/devices | grep pci')).toEqual([
      '/sys/devices/pci0000:00',
      'pci0000:00',
    ]);
  });

  test('say that nodes are character devices', async () => {
    expect((await lines('find /dev/vfio -type c')).sort()).toEqual(
      ['0', '1', '2', 'vfio'].map((name) => `/dev/vfio/${name}`),
    );
  });
});

describe('the way up', () => {
  test('from a device is its bridge, not where its link is', async () => {
    expect(await lines('cat /sys/bus/pci/devices/0000:01:01.0/../vendor')).toEqual(['0x1b36']);
    expect(await lines('cd /sys/bus/pci/devices/0000:01:01.0 && cat ../device')).toEqual([
      '0x000e',
    ]);
  });

  test('out of what the machine has leads to what the computer has', async () => {
    expect(await lines('cd /sys/bus/pci && ls -d ../../bus')).toEqual(['../../bus']);
    expect(await lines('ls -a /sys/module/vfio_pci | head -2')).toEqual(['.', '..']);
    expect(await lines('stat -c %F /sys/module/vfio_pci/..')).toEqual(['directory']);
  });
});
