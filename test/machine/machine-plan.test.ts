import { describe, expect, test } from 'vitest';
import type { MachineDescription } from '../../src/machine/description.js';
import { readDescription } from '../../src/machine/description-text.js';
import { MachinePlan } from '../../src/machine/machine-plan.js';
import { type DeviceModelFactory, DeviceOptionError } from '../../src/pci/device-model.js';
import { formatPciAddress } from '../../src/pci/pci-address.js';

const lamp: DeviceModelFactory = {
  summary: 'a lamp',
  options: { colour: 'red or green' },
  describe: ({ colour = 'red' }) => {
    if (colour !== 'red' && colour !== 'green') {
      throw new DeviceOptionError('colour', `'${colour}' is neither red nor green`);
    }
    return { model: 'lamp', identity: { vendor: 0x1234, device: 1, class: 0xff0000 } };
  },
};

const bridge: DeviceModelFactory = {
  summary: 'a bridge',
  options: {},
  describe: () => ({
    model: 'bridge',
    identity: { vendor: 0x1234, device: 2, class: 0x060400 },
    bridge: { isolatesFunctions: true },
  }),
};

const old: DeviceModelFactory = {
  ...bridge,
  describe: () => ({ ...bridge.describe({}), bridge: { isolatesFunctions: false } }),
};

const models = new Map([
  ['lamp', lamp],
  ['bridge', bridge],
  ['old', old],
]);

const plan = (description: MachineDescription): MachinePlan => new MachinePlan(description, models);

/** Address and driver of each function. */
const places = (description: MachineDescription): [string, string | undefined][] =>
  plan(description).functions.map(({ address, driver }) => [formatPciAddress(address), driver]);

describe('a plan', () => {
  test('gives devices without an address the lowest free slots of bus 0', () => {
    const devices = [{ model: 'lamp' }, { model: 'lamp', addr: '00:03.0' }, { model: 'lamp' }];
    expect(places({ devices }).map(([address]) => address)).toEqual([
      '0000:00:04.0',
      '0000:00:03.0',
      '0000:00:05.0',
    ]);
  });

  test('binds devices to vfio-pci and bridges to nothing, unless told otherwise', () => {
    const devices = [
      { model: 'lamp' },
      { model: 'bridge' },
      { model: 'lamp', driver: 'none' },
      { model: 'lamp', driver: 'lampd' },
    ];
    expect(places({ devices }).map(([, driver]) => driver)).toEqual([
      'vfio-pci',
      undefined,
      undefined,
      'lampd',
    ]);
    expect(plan({ devices }).drivers.map(({ name }) => name)).toEqual(['lampd']);
  });

  test('takes a model of the user’s own', () => {
    const own = { ...lamp, describe: () => ({ ...lamp.describe({}), model: 'own' }) };
    expect(plan({ devices: [{ model: own }] }).functions[0]?.description.model).toBe('own');
  });

  test.each<[string, string]>([
    [
      'devices: [{ model: lmap }]',
      "m.yaml:1:20: devices[0].model: there is no device model 'lmap': did you mean 'lamp'?",
    ],
    [
      'devices: [{ model: toaster }]',
      "m.yaml:1:20: devices[0].model: there is no device model 'toaster': models are lamp, bridge, old",
    ],
    [
      'devices: [{ model: toString }]',
      "m.yaml:1:20: devices[0].model: there is no device model 'toString': models are lamp, bridge, old",
    ],
    [
      'devices:\n  - { model: lamp, adr: x }',
      "m.yaml:2:20: devices[0].adr: the model 'lamp' has no option 'adr': did you mean 'addr'?",
    ],
    [
      'devices:\n  - { model: bridge, size: 7 }',
      "m.yaml:2:22: devices[0].size: the model 'bridge' has no option 'size': it has none",
    ],
    [
      'devices:\n  - { model: lamp, colour: blue }',
      "m.yaml:2:28: devices[0].colour: 'blue' is neither red nor green",
    ],
    [
      'devices:\n  - { model: lamp, addr: 0000:00:5.0 }',
      "m.yaml:2:26: devices[0].addr: '0000:00:5.0' is no PCI address: write domain:bus:slot.function in hexadecimal, as 0000:00:05.0",
    ],
    [
      'devices:\n  - { model: lamp, addr: 00:05.0 }\n  - { model: bridge, addr: 0000:00:05.0 }',
      'm.yaml:3:5: devices[1]: 0000:00:05.0: the address is used twice: use another one',
    ],
    [
      'devices:\n  - { model: lamp, addr: 00:05.1 }',
      'm.yaml:2:5: devices[0]: 0000:00:05.1: there is no function 0 in its slot: put a device at function 0, without which the others are not found',
    ],
    [
      "devices:\n  - { model: lamp, group: '-1' }\n  - { model: lamp, group: 2147483648 }",
      'm.yaml:2:27: devices[0].group: -1 is no number of a group: give a whole number from 0 to 2147483647, or a name\n' +
        'm.yaml:3:27: devices[1].group: 2147483648 is no number of a group: give a whole number from 0 to 2147483647, or a name',
    ],
    [
      'devices: []\niommu: { reserved: [0x0-0xfff, 0x1000] }',
      'm.yaml:2:32: iommu.reserved[1]: has to be a range, as 0xa0000-0xbffff',
    ],
    [
      'devices: []\niommu: { reserved: [0x0-0x1000, 5] }',
      'm.yaml:2:33: iommu.reserved[1]: has to be a range, as 0xa0000-0xbffff',
    ],
    [
      'devices: []\niommu: { reserved: [0x0-0x1000, 0x2fff-0x1000] }',
      "m.yaml:2:21: iommu.reserved[0]: '0x0-0x1000' is not made of whole pages: begin at 0x…000 and end at 0x…fff\n" +
        "m.yaml:2:33: iommu.reserved[1]: '0x2fff-0x1000' ends before it begins",
    ],
    [
      'devices: []\niommu: { pageSizes: [5000], addressBits: 60 }',
      'm.yaml:2:42: iommu.addressBits: has to be 52 or less',
    ],
    [
      'devices: []\niommu: { pageSizes: [5000] }',
      'm.yaml:2:22: iommu.pageSizes[0]: 5000 is no page size: take 4096 or a larger power of two\n' +
        'm.yaml:2:21: iommu.pageSizes: programs need pages of 4096 bytes: add 4096',
    ],
    [
      'devices:\n  - { model: lamp, driver: vfio-pcii }',
      "m.yaml:2:28: devices[0].driver: there is no driver 'vfio-pcii': did you mean 'vfio-pci'?",
    ],
    [
      'devices:\n  - { model: old, addr: 00:04.0 }\n  - { model: lamp, addr: 01:00.0, group: 3 }',
      "m.yaml:3:5: devices[1]: 0000:01:00.0: an IOMMU can't tell it from the bridge 0000:00:04.0, and so it can't be in another group: give both the same group, or none",
    ],
    [
      'devices: []\ndrivers: [{ name: vfio-pci }, { name: a, ids: [x] }]',
      "m.yaml:2:19: drivers[0].name: 'vfio-pci' is not a name for a driver of your own\n" +
        "m.yaml:2:48: drivers[1].ids[0]: 'x' is no PCI id: write vendor and device in hexadecimal, as 8086:100e",
    ],
  ])('refuses %j with place and fix', (text, message) => {
    const attempt = () => {
      const { description, locate } = readDescription(text, 'm.yaml');
      return new MachinePlan(description, models, locate);
    };
    expect(attempt).toThrow(expect.objectContaining({ message }));
  });

  test('says when bus 0 is full', () => {
    const devices = Array.from({ length: 30 }, () => ({ model: 'lamp' }));
    expect(() => plan({ devices })).toThrow('devices[29]: bus 0 has no free slot left');
  });
});
