// Which functions share an IOMMU group.
import { describe, expect, it } from 'vitest';
import { pciBridgeModel, rootPortModel } from '../../src/devices/bridge/index.js';
import { iommuGroupOf } from '../../src/iommu/iommu-group.js';
import { plansOf, TestPci } from './test-pci.js';

const device = { model: 'test', identity: { vendor: 1, device: 2, class: 0xff0000 } };
const port = rootPortModel.describe({});
const bridge = pciBridgeModel.describe({});
const portWithoutAcs = { ...port, extendedCapabilities: [] };

function groups(machine: TestPci): Record<string, number | undefined> {
  return Object.fromEntries(
    machine.pci.functions.map(({ device: { name }, device: member }) => [
      name.slice(5),
      iommuGroupOf(member)?.id,
    ]),
  );
}

describe('IOMMU groups by topology', () => {
  it('every slot of the root bus has its own, in the order of the scan', () => {
    const machine = new TestPci({ '00:01.0': device, '00:05.0': device });
    expect(groups(machine)).toEqual({ '00:01.0': 0, '00:05.0': 1 });
  });

  it('functions of one slot share one', () => {
    const machine = new TestPci({ '00:01.0': device, '00:01.1': device, '00:02.0': device });
    expect(groups(machine)).toEqual({ '00:01.0': 0, '00:01.1': 0, '00:02.0': 1 });
  });

  it('a function behind a port that keeps it apart has its own', () => {
    const machine = new TestPci({ '00:01.0': port, '01:00.0': device });
    expect(groups(machine)).toEqual({ '00:01.0': 0, '01:00.0': 1 });
  });

  it('behind a port that does not, it shares the port’s', () => {
    const machine = new TestPci({ '00:01.0': portWithoutAcs, '01:00.0': device });
    expect(groups(machine)).toEqual({ '00:01.0': 0, '01:00.0': 0 });
  });

  it('all behind a bridge to conventional PCI share one with the bridge', () => {
    const machine = new TestPci({
      '00:01.0': port,
      '01:00.0': bridge,
      '02:01.0': device,
      '02:02.0': device,
    });
    expect(groups(machine)).toEqual({ '00:01.0': 0, '01:00.0': 1, '02:01.0': 1, '02:02.0': 1 });
  });

  it('a described group wins, and its number is not given to another', () => {
    const [first, second, third] = plansOf({
      '00:01.0': device,
      '00:02.0': device,
      '00:03.0': device,
    });
    if (!first || !second || !third) throw new Error('no plans');
    const machine = new TestPci([
      { ...first, group: 'shared' },
      { ...second, group: 0 },
      { ...third, group: 'shared' },
    ]);
    expect(groups(machine)).toEqual({ '00:01.0': 1, '00:02.0': 0, '00:03.0': 1 });
  });

  it('there are none without an IOMMU', () => {
    const machine = new TestPci({ '00:01.0': device }, {});
    expect(groups(machine)).toEqual({ '00:01.0': undefined });
    expect(machine.cat('/sys/bus/pci/devices/0000:00:01.0/iommu_group/type')).toBe('ENOENT');
  });
});
