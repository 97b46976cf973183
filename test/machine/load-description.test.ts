import { describe, expect, test } from 'vitest';
import { loadDescription } from '../../src/machine/load-description.js';
import { formatPciAddress } from '../../src/pci/pci-address.js';

const files = new Map([
  ['one.yaml', 'devices:\n  - { model: edu, addr: 00:05.0 }\n'],
  ['bad.yaml', 'devices:\n  - { model: ed }\n'],
]);

function readText(path: string): string {
  const text = files.get(path);
  if (text === undefined) throw new Error('ENOENT: no such file');
  return text;
}

const addresses = (choice: Parameters<typeof loadDescription>[0]): string[] =>
  loadDescription(choice, readText).functions.map(({ address }) => formatPciAddress(address));

describe('the machine that a command line chose', () => {
  test('is the default machine for neither file nor devices', () => {
    expect(addresses({ devices: [] })).toContain('0000:00:03.0');
  });

  test('is what the file says, and the devices besides', () => {
    expect(addresses({ file: 'one.yaml' })).toEqual(['0000:00:05.0']);
    expect(addresses({ devices: ['edu,addr=00:09.0'] })).toEqual(['0000:00:09.0']);
    expect(addresses({ file: 'one.yaml', devices: ['edu', 'edu,addr=00:06.0'] })).toEqual([
      '0000:00:05.0',
      '0000:00:03.0',
      '0000:00:06.0',
    ]);
  });

  test.each([
    [{ file: 'none.yaml' }, "none.yaml: the machine can't be read: ENOENT: no such file"],
    [
      { file: 'bad.yaml' },
      "bad.yaml:2:14: devices[0].model: there is no device model 'ed': did you mean 'edu'?",
    ],
    [
      { devices: ['ed'] },
      "--device 'ed': model: there is no device model 'ed': did you mean 'edu'?",
    ],
    [
      { devices: ['edu,adr=5'] },
      "--device 'edu,adr=5': adr: the model 'edu' has no option 'adr': did you mean 'addr'?",
    ],
    [{ devices: ['edu,dma_bits=99'] }, "--device 'edu,dma_bits=99': dma_bits: "],
    [
      { file: 'one.yaml', devices: ['edu,addr=0000:00:05.0'] },
      "--device 'edu,addr=0000:00:05.0': 0000:00:05.0: the address is used twice: use another one",
    ],
    [
      { devices: ['edu,addr=01:00.0'] },
      "--device 'edu,addr=01:00.0': 0000:01:00.0: there is no bus 0000:01: add a bridge that leads to it, use bus 00, or say root_bus: true",
    ],
  ])('%j is refused', (choice, message) => {
    expect(() => loadDescription(choice, readText)).toThrow(message);
  });
});
