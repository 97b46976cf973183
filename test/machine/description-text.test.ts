import { describe, expect, test } from 'vitest';
import { DescriptionError } from '../../src/machine/description-error.js';
import { readDescription } from '../../src/machine/description-text.js';

/** The message for a text that is no description. */
function complaint(text: string): string {
  try {
    readDescription(text, 'machine.yaml');
  } catch (error) {
    if (error instanceof DescriptionError) return error.message;
    throw error;
  }
  return 'no complaint';
}

describe('a machine description as text', () => {
  test('is YAML', () => {
    const { description } = readDescription('devices:\n  - { model: edu, addr: 00:05.0 }\n', 'm');
    expect(description).toEqual({ devices: [{ model: 'edu', addr: '00:05.0' }] });
  });

  test('is JSON just as well', () => {
    const { description } = readDescription('{"devices": [{"model": "edu"}]}', 'm');
    expect(description).toEqual({ devices: [{ model: 'edu' }] });
  });

  test.each([
    ['', 'machine.yaml: the description is empty: write at least `devices: [{ model: edu }]`'],
    ['owner: {uid: 1, gid: 1}', 'machine.yaml:1:1: devices: is missing: add it'],
    [
      'devices:\n  - modle: edu',
      "machine.yaml:2:5: devices[0].model: is missing: is it what 'modle' is meant to be?",
    ],
    [
      'devices: []\ndevcies: []',
      "machine.yaml:2:1: devcies: there is no key 'devcies' here: did you mean 'devices'?",
    ],
    ['devices: []\nowner: {uid: 1}', 'machine.yaml:2:8: owner.gid: is missing: add it'],
    [
      'devices:\n  - &a {model: edu}\n  - *b',
      "machine.yaml:3:5: there is no '&b' that '*b' could repeat: name what is to be repeated",
    ],
    [
      'devices: []\niommu:\n  adressBits: 40',
      "machine.yaml:3:3: iommu.adressBits: there is no key 'adressBits' here: did you mean 'addressBits'?",
    ],
    [
      'devices: []\niommu:\n  x: 1',
      "machine.yaml:3:3: iommu.x: there is no key 'x' here: keys are present, unsafeNoIommu, types, addressBits, reserved, pageSizes, cacheCoherent, interruptRemapping, nesting, dirtyTracking",
    ],
    [
      'devices: []\niommu: { types: [type1, type2] }',
      "machine.yaml:2:25: iommu.types[1]: has to be one of type1, spapr-tce, and is 'type2'",
    ],
    ['devices: edu', "machine.yaml:1:10: devices: has to be a list, and is 'edu'"],
    ['devices: [edu]', "machine.yaml:1:11: devices[0]: has to be keys with values, and is 'edu'"],
    [
      'devices:\n  - { model: [edu] }',
      'machine.yaml:2:14: devices[0].model: has to be the name of a device model, or a model',
    ],
    [
      'devices:\n  - { model: edu, size: [1] }',
      'machine.yaml:2:25: devices[0].size: has to be text, a number, true or false',
    ],
    [
      'devices: []\nowner: { uid: -1, gid: 1.5 }',
      'machine.yaml:2:15: owner.uid: has to be a number from 0 up, and is -1\n' +
        'machine.yaml:2:24: owner.gid: has to be a whole number, and is 1.5',
    ],
    ['devices: []\ndevices: []', 'machine.yaml:2:1: Map keys must be unique'],
  ])('%j is refused with place and fix', (text, message) => {
    expect(complaint(text)).toBe(message);
  });

  test('that is not YAML is refused where it stops being so', () => {
    expect(complaint('devices:\n  - { model: edu\n')).toMatch(/^machine\.yaml:\d+:\d+: /);
  });
});
